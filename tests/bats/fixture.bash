# A checkout of its own with setup.sh alone, and a PATH with stubs and the few tools that setup.sh and they use.

TOOLS=(bash env cat chmod cksum dirname grep mkdir printenv sed wc)
SETUP="${BATS_TEST_DIRNAME}/../../setup.sh"

setup() {
  checkout="$BATS_TEST_TMPDIR/checkout"
  bin="$BATS_TEST_TMPDIR/bin"
  calls="$BATS_TEST_TMPDIR/calls"
  mkdir -p "$checkout" "$bin"
  cp -R "$SETUP" "${SETUP%.sh}" "$checkout"
  local folder
  for folder in userservice productservice orderservice walletservice paymentservice local tests; do
    mkdir -p "$checkout/$folder"
    echo "flask" >"$checkout/$folder/requirements.in"
    echo "flask==3.1.3 # $folder" >"$checkout/$folder/requirements.txt"
  done
  link "${TOOLS[@]}"
  stub uname "printenv UNAME || echo Linux"
  stub python3.13 "$(python_stub)"
  : >"$calls"
}

# The machine's own tools, on the PATH that setup.sh gets.
link() {
  local tool
  for tool in "$@"; do ln -s "$(command -v "$tool")" "$bin/$tool"; done
}

# A command named $1 that does $2.
stub() {
  printf '#!/usr/bin/env bash\n%s\n' "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

# Notes how it was called, is as old and as incomplete as the test says, and makes virtual environments of itself.
python_stub() {
  cat <<'END'
echo "$*" >>"$CALLS"
case "$*" in
  *version_info\ \<*) exit "${TOO_OLD:-0}" ;;
  *version_info*) echo 3.13 ;;
  *ensurepip*) exit "${NO_VENV:-0}" ;;
  "-m venv --clear .venv") mkdir -p .venv/bin && cat "$0" >.venv/bin/python && chmod +x .venv/bin/python ;;
  "-m pip install"*) exit "${NO_NETWORK:-0}" ;;
  demo.py*) echo "users on ${USERS_PORT:-none}, products on ${PRODUCTS_PORT:-none}" ;;
esac
END
}

# Runs setup.sh with the variables that come first, as in: setup_sh TOO_OLD=1 local up
setup_sh() {
  local variables=()
  while [[ "${1:-}" == [A-Z]*=* ]]; do
    variables+=("$1")
    shift
  done
  run --separate-stderr env -i "PATH=$bin" "CALLS=$calls" "${variables[@]}" bash "$checkout/setup.sh" "$@"
}

called() { grep -Fxq -- "$1" "$calls"; }
times_called() { grep -Fc -- "$1" "$calls" || true; }
