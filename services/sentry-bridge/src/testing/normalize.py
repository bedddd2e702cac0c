"""Sentry's own normalizer: reads events, one JSON object a line, and prints for each what it complains about or cuts, as a JSON list."""

import json
import sys

from sentry_relay.processing import StoreNormalizer

normalizer = StoreNormalizer(project_id=1, is_renormalize=False, normalize_user_agent=True)


def complaints(value, path):
    """Relay notes under `_meta`, in the shape of the event, what was wrong at a place: an object with the key ""."""
    for key, inner in value.items():
        if key == "":
            yield f"{path}: {json.dumps(inner)}"
        else:
            yield from complaints(inner, f"{path}.{key}")


def frames(exception):
    return (exception.get("stacktrace") or {}).get("frames") or []


for line in sys.stdin:
    sent = json.loads(line)
    kept = normalizer.normalize_event(sent)
    found = list(complaints(kept.get("_meta") or {}, "event")) + [f"errors: {json.dumps(error)}" for error in kept.get("errors") or []]
    for name in ("event_id", "platform", "level", "release", "environment", "transaction", "fingerprint"):
        if sent.get(name) is not None and kept.get(name) != sent[name]:
            found.append(f"{name}: {sent[name]!r} became {kept.get(name)!r}")
    given, taken = ((event.get("exception") or {}).get("values") or [] for event in (sent, kept))
    if len(given) != len(taken):
        found.append(f"of {len(given)} exceptions, {len(taken)} stayed")
    for one, other in zip(given, taken):
        for name in ("type", "value", "module"):
            if one.get(name) and one[name] != other.get(name):
                found.append(f"exception {name}: {one[name]!r} became {other.get(name)!r}")
        if len(frames(one)) != len(frames(other)):
            found.append(f"of {len(frames(one))} frames, {len(frames(other))} stayed")
    if len(sent.get("spans") or []) != len(kept.get("spans") or []):
        found.append(f"of {len(sent['spans'])} spans, {len(kept.get('spans') or [])} stayed")
    tags = {key: value for key, value in kept.get("tags") or []}
    for key, value in (sent.get("tags") or {}).items():
        if tags.get(key) != value:
            found.append(f"tag {key}: {value!r} became {tags.get(key)!r}")
    print(json.dumps(found))
