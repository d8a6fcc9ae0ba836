# One command per chore, the same here and in CI. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
# Four processes, because many tests wait for servers and clusters; each has one thread, or they wait
# for one another. They and the many programs they start keep their compiled modules, whatever the environment says: without them each of
# these processes compiles for 1.4 s.
TEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest -n 4 --dist worksteal
# Tests while mypy uses the time in which they wait. Its report comes when it is ready, and what it found comes once
# more at the end. Either can fail.
define beside_types
said=$$(mktemp); ($(BIN)/mypy > $$said 2>&1; types=$$?; echo "== types: $$(tail -n 1 $$said)"; exit $$types) & types=$$!; \
$(1); tests=$$?; \
wait $$types; types=$$?; test $$types = 0 || { echo "== types"; cat $$said; }; rm -f $$said; exit $$((tests || types))
endef
.DEFAULT_GOAL := help
.PHONY: help demo test check attack style lint format docs model boxed-model marks-model examples serve bench bench-predict bench-accuracy bench-speed bench-choices bench-corruptions bench-gpu bench-real bench-photos bench-training-speed bench-model bench-bundled bench-read bench-digits mistakes image pin-images lock clean fuzz kill bench-serve bench-page bench-batch bench-finetune bench-tune bench-forms bench-closed-fours bench-lab bench-alone bench-live bench-install test-track

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-14s %s\n", $$1, $$2 }'

demo: $(VENV)/.core ## read the example pictures with the bundled model, offline
	@$(BIN)/python examples/demo.py

test: style ## linters, types and all tests; installs Chromium and PostgreSQL if they are missing
	@echo "== programs for the tests"
	@$(BIN)/python tests/setup_tools.py
	@echo "== types and tests, side by side"
	@$(call beside_types,$(TEST) $(PYTEST_ARGS))

test-track: $(VENV)-track/.ready ## test what `--track` sends to all three trackers, in an environment of its own
	@$(VENV)-track/bin/python -m pytest -q tests/training/test_trackers.py

check: style ## formatting, types and the quick tests
	@echo "== types and quick tests, side by side"
	@$(call beside_types,$(TEST) -q -m "not slow" $(PYTEST_ARGS))

fuzz: $(VENV)/.dev ## send 5,000 corrupted picture files to a real server (the tests send 300)
	@INKDIGITS_FUZZ=5000 $(BIN)/python -m pytest -q -s -n 0 tests/fuzz

kill: $(VENV)/.dev ## kill batches, form readings and reviews twenty times each and check that nothing is lost or duplicated (the tests kill each a few times)
	@INKDIGITS_KILLS=20 $(BIN)/python -m pytest -q -s -n 0 --timeout 3600 -k killed tests/batch/test_killed.py tests/cli/test_form.py tests/web/test_review.py

attack: $(VENV)/.dev ## many rounds of everything that once broke the service, against a real server (the tests run one round)
	@INKDIGITS_ATTACK=long $(BIN)/python -m pytest -q -s -n 0 --timeout 3600 tests/attack

style: $(VENV)/.dev
	@echo "== style"
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .

lint: style ## check formatting and types
	@echo "== types"
	@$(BIN)/mypy

format: $(VENV)/.dev ## format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: $(VENV)/.dev ## build the documentation site in out/docs; warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs out/docs
	@echo out/docs/index.html

model: $(VENV)/.dev ## train the bundled model again (needs the data: see README)
	@$(BIN)/python -m inkdigits.training.bundled

boxed-model: $(VENV)/.dev ## train the bundled model further for the boxes of forms (needs the data; an hour and a half)
	@$(BIN)/python -m inkdigits.training.bundled --further --run runs/boxed-1 --epochs 16 --learning-rate 0.001 --precision bfloat16 --seed 6
	@$(BIN)/python -m inkdigits.training.bundled --further runs/boxed-1/model.onnx --run runs/boxed-2 --epochs 8 --learning-rate 0.0006 --precision bfloat16 --seed 7

marks-model: $(VENV)/.dev ## train the marks, glyph and row networks again, resuming where they stopped (needs the data; fourteen hours)
	@$(BIN)/python -m inkdigits.training.marks train
	@$(BIN)/python -m inkdigits.training.marks label
	@$(BIN)/python -m inkdigits.training.glyphs train
	@$(BIN)/python -m inkdigits.training.marks quantize
	@$(BIN)/python -m inkdigits.training.glyphs finish
	@$(BIN)/python -m inkdigits.training.rows look
	@$(BIN)/python -m inkdigits.training.rows train
	@$(BIN)/python -m inkdigits.training.rows write
	@$(BIN)/python -m inkdigits.training.rows look
	@$(BIN)/python -m inkdigits.training.rows.closer train
	@$(BIN)/python -m inkdigits.training.rows.closer write
	@$(BIN)/python -m inkdigits.training.rows weigh
	@$(BIN)/python -m inkdigits.training.marks finish

examples: $(VENV)/.core ## draw the example pictures again
	@$(BIN)/python examples/draw.py

serve: $(VENV)/.dev ## start the web page and the service at http://127.0.0.1:8000/
	@$(BIN)/inkdigits serve

bench: bench-predict bench-real bench-photos bench-model bench-read bench-speed bench-finetune bench-tune bench-forms bench-serve bench-page bench-batch ## every benchmark except the recipes' accuracy, which takes days

bench-predict: $(VENV)/.dev ## speed and memory of predict, compared with the usual TensorFlow script
	@$(BIN)/python benchmarks/bench_predict.py

bench-real: $(VENV)/.dev ## real pictures: naive preprocessing and ours (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_real.py
	@test ! -d runs/bench/classic-1 || $(BIN)/python benchmarks/bench_real.py --model runs/bench/classic-1 --save real-classic

bench-training-speed: $(VENV)/.dev ## where the time of an epoch goes
	@$(BIN)/python benchmarks/bench_training_speed.py

bench-photos: $(VENV)/.dev ## synthetic photos and tight crops of held-out digits (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_photos.py

bench-model: $(VENV)/.dev ## the bundled model on every data set (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_model.py

bench-bundled: $(VENV)/.dev ## ablations of the bundled model's training, on the validation set (needs INKDIGITS_DATA; half an hour)
	@$(BIN)/python benchmarks/bench_bundled.py

mistakes: $(VENV)/.dev ## contact sheets of the bundled model's worst mistakes on the validation set (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/mistakes.py

bench-digits: $(VENV)/.dev ## predict on every data set of single digits (needs the data)
	@$(BIN)/python benchmarks/bench_digits.py

bench-read: $(VENV)/.dev ## numbers on pictures and pages, compared with RapidOCR and Tesseract (needs INKDIGITS_DATA; installs both)
	@command -v tesseract >/dev/null || (apt-get update -qq && apt-get install -y -qq tesseract-ocr) >/dev/null
	@test -x runs/peers/bin/python || ($(PYTHON) -m venv --without-pip runs/peers && $(PYTHON) -m pip --python runs/peers/bin/python install --quiet rapidocr==3.10.0 onnxruntime opencv-python-headless)
	@$(BIN)/python benchmarks/bench_read.py

bench-serve: $(VENV)/.dev ## the service under load, compared with Flask + Keras and FastAPI + onnxruntime (installs wrk)
	@command -v wrk >/dev/null || (apt-get update -qq && apt-get install -y -qq wrk) >/dev/null
	@$(BIN)/python benchmarks/bench_serve.py

bench-page: $(VENV)/.dev ## the web page in a real browser: latency at pen-up, first answer, size (needs Chromium and npm)
	@PYTHONPATH=tests $(BIN)/python benchmarks/bench_page.py

bench-alone: $(VENV)/.dev ## how sure predict makes read of one digit, on held-out pictures (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_alone.py

bench-closed-fours: $(VENV)/.dev ## combs by held-out pens whose fours close, by both digit networks (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_closed_fours.py

bench-lab: $(VENV)/.dev ## the page that looks inside a network: time per frame (needs Chromium and npm)
	@PYTHONPATH=tests $(BIN)/python benchmarks/bench_lab.py

bench-install: $(VENV)/.dev ## the wheel in fresh environments: size, import, first answer (other Pythons: PYTHONS="--python python3.12 …")
	@$(BIN)/python benchmarks/bench_install.py $(or $(PYTHONS),--python $(PYTHON))

bench-live: $(VENV)/.dev ## the cost of watching a training run in the lab, interleaved
	@$(BIN)/python benchmarks/bench_live.py

bench-batch: $(VENV)/.dev ## batch processing, local and on Ray, compared with the usual loop (half an hour)
	@$(BIN)/python benchmarks/bench_batch.py

bench-accuracy: $(VENV)/.dev ## every recipe over five seeds on MNIST; resumes after a kill (`inkdigits benchmark fast` for one of them)
	@$(BIN)/inkdigits benchmark --render

bench-speed: $(VENV)/.dev ## the fast recipe against the classic one at 99 %, interleaved (half an hour on a quiet machine)
	@$(BIN)/inkdigits benchmark --speed --render

bench-choices: $(VENV)/.dev ## experiments for the settings of `best`, `ensemble` and `distilled`, on held-out pictures (two hours on one core)
	@$(BIN)/python benchmarks/bench_choices.py

bench-corruptions: $(VENV)/.dev ## the recipes' first seeds and the bundled model on sixteen corruptions of MNIST
	@$(BIN)/inkdigits benchmark --corruptions --render

bench-gpu: $(VENV)/.dev ## the recipes on this machine's GPU, with JAX and torch
	@$(BIN)/inkdigits benchmark --gpu --render

bench-finetune: $(VENV)/.dev ## fine-tuning on one writer's pictures, and finding wrong labels (needs INKDIGITS_DATA)
	@$(BIN)/python benchmarks/bench_finetune.py

bench-forms: $(VENV)/.dev ## forms: synthetic forms by held-out writers, aligned, read and reviewed (needs INKDIGITS_DATA; half an hour)
	@$(BIN)/python benchmarks/bench_forms.py
	@$(BIN)/python benchmarks/bench_review.py

bench-tune: $(VENV)/.dev ## forty trials on digits8x8, killed twice
	@$(BIN)/python benchmarks/bench_tune.py --fresh

image: ## build the service's container image (needs Docker)
	@. requirements/images.env && docker build --build-arg PYTHON_IMAGE="$$PYTHON_IMAGE" -t inkdigits:$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' src/inkdigits/_version.py) .

pin-images: ## ask the registry for the digests of the base images, and write them to requirements/images.env (needs Docker)
	@requirements/pin_images.sh

lock: ## resolve the lock files again (needs uv)
	@requirements/lock.sh

clean: ## remove the virtual environment and the caches of tools
	@rm -rf $(VENV) $(VENV)-track .mypy_cache .ruff_cache .pytest_cache out

# pip works on the new environment from outside, so Debian's python3-venv (ensurepip) is not needed.
$(VENV)/bin/python:
	@echo "== setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit("inkdigits needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.core: requirements/core.lock pyproject.toml hatch_build.py | $(VENV)/bin/python
	@echo "== installing what reading needs (a minute the first time)"
	@$(PIP) install --quiet --require-hashes -r requirements/core.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# pip would compile the modules one by one, on one core.
$(VENV)/.dev: requirements/dev.lock $(VENV)/.core
	@echo "== installing what training and testing need (a few minutes the first time)"
	@$(PIP) install --quiet --no-compile --require-hashes -r requirements/dev.lock
	@$(BIN)/python -W ignore -m compileall -q -j 0 $(VENV)/lib > $(VENV)/compiled.log 2>&1 || true # some are templates
	@touch $@

$(VENV)-track/.ready: requirements/track.lock pyproject.toml
	@echo "== setting up $(VENV)-track (a few minutes the first time)"
	@$(PYTHON) -m venv --without-pip $(VENV)-track
	@$(PYTHON) -m pip --python $(VENV)-track/bin/python --disable-pip-version-check install --quiet --require-hashes -r requirements/track.lock
	@$(PYTHON) -m pip --python $(VENV)-track/bin/python --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
