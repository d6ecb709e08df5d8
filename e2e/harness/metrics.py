"""A server's metrics, as numbers: the text is read as Prometheus would read it."""

import re
import urllib.request

_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"')


def scrape(url):
    """All samples of a page: {(name, frozenset of labels): value}."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        return parse(answer.read().decode())


def parse(text):
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    samples = {}
    for line in lines:
        if not line.startswith("#"):
            name, labels, value = _SAMPLE.match(line).groups()
            key = (name, frozenset(_LABEL.findall(labels or "")))
            assert key not in samples, f"told twice: {line}"
            samples[key] = float(value)
    return samples


def value(samples, name, **labels):
    """The one sample of this name and these labels; 0 where there is none yet."""
    return samples.get((name, frozenset(labels.items())), 0)
