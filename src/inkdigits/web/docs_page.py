"""/docs: the OpenAPI document as one plain page, without external files."""

import json
from html import escape
from typing import Any

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>inkdigits: the service</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="docs.css">
</head>
<body>
<main>
<h1>inkdigits: the service</h1>
<p>Version {version}. The OpenAPI document:
<a href="openapi.json">openapi.json</a>.</p>
<p>{about}</p>
"""
STYLE = """:root { color-scheme: light dark; --line: #8884; --soft: #8881; --go: #15803d; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1.5rem; }
section { border: 1px solid var(--line); border-radius: 0.6rem; margin: 1.2rem 0;
  padding: 0.4rem 1.2rem 1rem; }
h2 { font-size: 1.1rem; }
h2 b { color: #fff; background: var(--go); border-radius: 0.3rem; padding: 0.1rem 0.5rem;
  margin-right: 0.5rem; }
pre { background: var(--soft); border-radius: 0.4rem; overflow-x: auto; padding: 0.7rem;
  font-size: 0.85rem; }
td { padding: 0.15rem 1rem 0.15rem 0; vertical-align: top; } code { font-size: 0.9em; }
"""


def page(document: dict[str, Any]) -> str:
    """The document as HTML."""
    head = {
        "version": document["info"]["version"],
        "about": document["info"]["description"],
    }
    parts = [
        _operation(method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return (
        _HEAD.format(**{name: escape(text) for name, text in head.items()})
        + "".join(parts)
        + "</main>\n</body>\n</html>\n"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    """One address: what it does, takes and gives."""
    summary = escape(operation.get("summary", ""))
    title = f"<h2><b>{method}</b><code>{escape(path)}</code></h2>\n<p>{summary}</p>\n"
    parts = [
        title,
        _parameters(operation),
        _takes(operation),
        _call(method, path, operation),
        _gives(operation),
    ]
    inner = "".join(parts)
    return f"<section>\n{inner}</section>\n"


def _parameters(operation: dict[str, Any]) -> str:
    rows = ""
    for parameter in operation.get("parameters", ()):
        name = escape(parameter["name"])
        text = escape(parameter.get("description", ""))
        rows += f"<tr><td><code>?{name}=</code></td><td>{text}</td></tr>"
    return f"<table>{rows}</table>\n" if rows else ""


def _takes(operation: dict[str, Any]) -> str:
    """The media types that an address takes, if it takes a body."""
    body = operation.get("requestBody", {})
    media_types = body.get("content", {})
    if not media_types:
        return ""
    kinds = ", ".join(f"<code>{escape(kind)}</code>" for kind in media_types)
    return f"<p>Takes {kinds}.</p>\n"


def _call(method: str, path: str, operation: dict[str, Any]) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    sends = (
        " --data-binary @seven.png -H 'content-type: image/png'"
        if "image/png" in body
        else ""
    )
    sends = sends or (" -F file=@seven.png -F digit=7" if body else "")
    return f"<pre>curl http://127.0.0.1:8000{escape(path)}{sends}</pre>\n"


def _gives(operation: dict[str, Any]) -> str:
    rows, examples = [], []
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        cells = (
            f"<b>{status}</b>",
            escape(answer["description"]),
            escape(", ".join(content)),
        )
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        if status.startswith("2"):
            examples += [
                media["example"]
                for kind, media in content.items()
                if "example" in media and kind == "application/json"
            ]
    shown = "".join(
        f"<pre>{escape(json.dumps(example, ensure_ascii=False))}</pre>\n"
        for example in examples
    )
    return shown + f"<table>{''.join(rows)}</table>\n"
