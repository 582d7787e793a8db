#!/bin/sh
# Makes or refreshes the virtual environment $VENV; does nothing if it is up to date.
# Uses uv where it is installed, venv and pip otherwise. $PYTHON chooses the interpreter.
set -eu

VENV=${VENV:-.venv}
if [ -z "${PYTHON:-}" ]; then
    # What made the environment stays its interpreter until another one is asked for.
    if [ -x "$VENV/bin/python" ]; then PYTHON="$VENV/bin/python"; else PYTHON=python3; fi
fi

version=$("$PYTHON" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])') || {
    echo "cannot run $PYTHON; choose an interpreter with: make PYTHON=python3.12 ..." >&2
    exit 2
}
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed, $PYTHON is $version;" \
        "choose another one with: make PYTHON=python3.12 ..." >&2
    exit 2
}

key="$version $(cat pyproject.toml constraints.txt | cksum)"
[ -f "$VENV/.key" ] && [ "$(cat "$VENV/.key")" = "$key" ] && exit 0

same=no
if [ -x "$VENV/bin/python" ]; then
    made=$("$VENV/bin/python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' || true)
    [ "$made" = "$version" ] && same=yes
fi
echo "making the environment $VENV with Python $version (a minute or two the first time)"
if command -v uv >/dev/null 2>&1; then
    [ $same = yes ] || uv venv --quiet --clear --python "$PYTHON" "$VENV"
    uv pip install --quiet --python "$VENV/bin/python" -c constraints.txt -e '.[dev]'
else
    [ $same = yes ] || "$PYTHON" -m venv --clear "$VENV" || {
        echo "python -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2
        exit 2
    }
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
        -c constraints.txt -e '.[dev]'
fi
echo "$key" >"$VENV/.key"
