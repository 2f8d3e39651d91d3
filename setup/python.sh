# shellcheck shell=bash
# The Python environment: what the locks name, installed into .venv; and the locks themselves.

# Installs what the lock files say, again only when they have changed. Arguments: further folders that have one.
install() {
  refuse_windows
  local folder files=() options=()
  for folder in "${LOCKS[@]}" "$@"; do
    [ -f "$folder/requirements.txt" ] || fail 1 "$folder/requirements.txt is missing" "git checkout -- $folder"
    files+=("$folder/requirements.txt")
    options+=(-r "$folder/requirements.txt")
  done
  local wanted stamp="$VENV/installed${1:+-with-$1}"
  wanted="$(cksum "${files[@]}")"
  if [ -x "$VENV/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  make_venv
  say "installing into $VENV what the lock files name (the first time some 100 MB)"
  "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes "${options[@]}" >&2 ||
    fail 1 "pip could not install the packages, see above" \
      "try again; where no package fits this machine, $DOCKER"
  printf '%s\n' "$wanted" >"$stamp"
}

make_venv() {
  # One whose making was cut off has a python, but no pip.
  if "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then return 0; fi
  local python version
  python="$(find_python)"
  version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
    fail 1 "$python cannot make virtual environments" \
      "on Debian and Ubuntu: sudo apt-get install python$version-venv; or name another Python: PYTHON=... ./setup.sh ..."
  say "making $VENV with Python $version"
  "$python" -m venv --clear "$VENV"
}

find_python() {
  local candidate candidates=(python3.13 python3.12 python3.11 python3 python)
  if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi
  for candidate in "${candidates[@]}"; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  fail 1 "no Python 3.11 or later (tried: ${candidates[*]})" \
    "install one (Debian: apt-get install python3-venv; Mac: brew install python@3.13), or name it: PYTHON=... ./setup.sh ..."
}

refuse_windows() {
  case "$(uname -s)" in
    MINGW* | MSYS* | CYGWIN*)
      fail 1 "this does not run on Windows itself" "use WSL2 (wsl --install, then here again), or $DOCKER"
      ;;
  esac
}

# One resolution for all, since local mode installs them into one environment; then a lock for each.
cmd_lock() {
  install tests
  local folder together sources=() options=(--quiet --universal --python-version 3.11 --no-header --no-annotate)
  for folder in "${LOCKS[@]}" tests; do sources+=("$folder/requirements.in"); done
  together="$(mktemp)"
  # What is locked already is kept, unless --upgrade says otherwise.
  grep -h '==' "${LOCKS[@]/%//requirements.txt}" tests/requirements.txt | sed 's/ .$//' | sort -u >"$together"
  "$VENV/bin/uv" pip compile "${options[@]}" "${sources[@]}" -o "$together" "$@"
  for folder in "${LOCKS[@]}" tests; do
    say "compiling $folder/requirements.txt"
    "$VENV/bin/uv" pip compile "${options[@]}" --generate-hashes --constraint "$together" \
      "$folder/requirements.in" -o "$folder/requirements.txt" "$@"
  done
  rm -f "$together"
}
