"""URLs are told from files and drives by their scheme."""

from inkdigits.reading.input.url import is_remote, is_web


def test_what_is_a_url() -> None:
    assert all(
        map(
            is_remote,
            (
                "https://a/b.png",
                "s3://bucket/a.png",
                "memory://a",
                "HTTP://a",
                "git+ssh://a",
            ),
        )
    )
    assert not any(
        map(is_remote, ("a.png", "C://a.png", "://", "a b://c", "/https://x", ""))
    )
    assert is_web("HTTPS://a/b")
    assert not is_web("s3://a/b")
