#!/bin/sh
# The package as a stranger meets it: a wheel, in an empty environment, used from an empty folder.
#
#   PYTHON=python3.11 tools/wheel_test.sh
#
# First with nothing but the core dependencies, then with [models] and [page]. Fails when anything fails.
set -eu
repository=$(cd "$(dirname "$0")/.." && pwd)
pins=$repository/constraints.txt
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT
unset PYTHONPATH REDIFF_VIZ_MODELS REDIFF_VIZ_RUNS REDIFF_VIZ_CHECKPOINTS
export OMP_NUM_THREADS=1

timed() { # NAME COMMAND...: run the command, print its seconds
    name=$1 began=$(date +%s)
    shift
    "$@"
    echo "seconds: $name $(($(date +%s) - began))"
}
pip() { "$work/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
python() { "$work/venv/bin/python" "$@"; }
holds() { grep -q "$2" "$1" || { echo "$1 does not hold $2"; exit 1; }; }

build() {
    "${PYTHON:-python3}" -m venv "$work/venv"
    pip wheel --no-deps --wheel-dir "$work" "$repository"
    wheel=$(ls "$work"/rediff_viz-*.whl)
    echo "$(basename "$wheel"): $(($(wc -c < "$wheel") / 1000000)) MB"
}

use_core() { # a picture of the world, and a recorded run as a page, without torch and Gradio
    python -c "import rediff_viz; assert rediff_viz.__file__.startswith('$work'), rediff_viz.__file__"
    python -m rediff_viz scene --seed 7 --out scene.png
    recorded=$(python -c "from rediff_viz.paths import runs_folder; print(sorted(runs_folder().iterdir())[0])")
    python -m rediff_viz show "$recorded" --out recorded.html
    holds recorded.html RediffScore.mount
}

install_all() {
    pip install --no-compile "$(grep '^torch==' "$pins")" # first and alone: nothing after it asks for another build
    pip install --no-compile -c "$pins" "$wheel[models,page]"
}

use_all() {
    python -m rediff_viz run scene.png --lane denoise@world-plain --lane rediff@world-rediff --tokens-per-pass 8 --out runs/first
    python -m rediff_viz show runs/first --out first.html
    holds first.html RediffScore.mount
    python -m rediff_viz serve --help > /dev/null
    serve
}

serve() { # the page itself, asked for once
    port=$(python -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
    python -m rediff_viz serve --port "$port" > serve.log 2>&1 &
    server=$!
    python - "$port" > page.html <<'END' || { cat serve.log; exit 1; }
import sys, time, urllib.request
for _ in range(240):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=5).read().decode())
        break
    except OSError:
        time.sleep(0.5)
else:
    sys.exit("the page did not answer in 120 s")
END
    holds page.html RediffScore
    holds page.html rv-score
}

timed "wheel" build
mkdir "$work/elsewhere"
cd "$work/elsewhere"
timed "core installed" pip install --no-compile -c "$pins" "$wheel"
timed "core used" use_core
timed "all installed" install_all
timed "all used" use_all
