# The service in a small image: built in one stage, run from another as a user without rights, on a root that may be read-only.
# The image it is built on comes from requirements/images.env: `make image`, or compose with that file.
ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE} AS build
WORKDIR /source
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY requirements/dev.lock requirements/dev.lock
COPY src src
# All that the page offers to open, and traces. pillow-heif's wheels, which open HEIC, are GPLv2: leave
# out heic for an image without them.
ARG EXTRAS=web,postgres,pdf,heic,otel
# The versions of the lock, without its hashes: those cannot be asked of a project that is built here.
RUN sed -n 's/^\([A-Za-z0-9_.-]*==[^ ;]*\).*/\1/p' requirements/dev.lock > constraints.txt \
    && python -m venv /opt/inkdigits \
    && /opt/inkdigits/bin/pip install --no-cache-dir --constraint constraints.txt ".[$EXTRAS]"

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin inkdigits \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/inkdigits /opt/inkdigits
ENV PATH=/opt/inkdigits/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    INKDIGITS_DATABASE_URL=sqlite:////data/inkdigits.db
VOLUME /data
EXPOSE 8000
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["inkdigits"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
