# shellcheck shell=bash
# What the doctor looks for where the shop runs without Docker: a Python, and what the databases' programs need.

# What the MongoDB in the wheel is linked to, and the packages of Debian and Ubuntu that bring it.
LIBRARIES=(libcurl.so.4:libcurl4 libssl.so.3:libssl3 libcrypto.so.3:libssl3 liblzma.so.5:liblzma5)
LIBRARY_FOLDERS=(/lib /lib64 /usr/lib /usr/lib64 /lib/*-linux-gnu /usr/lib/*-linux-gnu /usr/local/lib)
MUSL='/lib/ld-musl-*'

check_local() {
  case "$SYSTEM" in
    MINGW* | MSYS* | CYGWIN*)
      miss local "local does not run on Windows itself" "wsl --install, then all of this in WSL2"
      return
      ;;
  esac
  check_python
  check_mongod
  check_postgres
  check_disk . "local" 2
}

check_python() {
  local python
  if [ -x "$VENV/bin/python" ] && limited "$ANSWER_SECONDS" "$VENV/bin/python" -c "" >/dev/null 2>&1; then
    fine "Python in $VENV"
  elif ! python="$(limited 30 find_python 2>/dev/null)"; then
    miss local "no Python 3.11 or later${PYTHON:+ in PYTHON=$PYTHON}" \
      "install one (Debian: sudo apt-get install python3-venv; Mac: brew install python@3.13), or name it: PYTHON=..."
  elif ! limited "$ANSWER_SECONDS" "$python" -c "import ensurepip, venv" >/dev/null 2>&1; then
    miss local "$python cannot make virtual environments" "on Debian and Ubuntu: sudo apt-get install python3-venv"
  else
    fine "$python with venv"
  fi
}

check_mongod() {
  local reason own="${MONGOD:-}"
  reason="$(why_no_wheel)"
  if [ -z "$own" ] && { [ -n "$reason" ] || [ "${ESHOP_SERVERS:-}" = path ]; }; then own=mongod; fi
  if [ -n "$own" ]; then
    check_version "$own" 6.0 local \
      "${reason:+for $reason there is no MongoDB among the wheels: }install MongoDB 6.0 or later, and name it: MONGOD=..." \
      "$own" --version
  elif [ "$SYSTEM" = Linux ]; then
    check_libraries
  fi
}

why_no_wheel() {
  case "$SYSTEM $PROCESSOR" in
    Darwin*) ;;
    *\ x86_64)
      if compgen -G "$MUSL" >/dev/null; then
        echo "Alpine"
      elif ! has_avx; then
        echo "a processor without AVX"
      fi
      ;;
    *) echo "Linux on $PROCESSOR" ;;
  esac
}

check_libraries() {
  local row missing="" packages="" known
  known="$(PATH="$PATH:/sbin:/usr/sbin" limited "$ANSWER_SECONDS" ldconfig -p 2>/dev/null)" || known=""
  for row in "${LIBRARIES[@]}"; do
    if has_library "${row%%:*}" "$known"; then continue; fi
    missing="$missing ${row%%:*}"
    if [[ "$packages " != *" ${row#*:} "* ]]; then packages="$packages ${row#*:}"; fi
  done
  if [ -z "$missing" ]; then
    fine "the libraries that MongoDB needs"
  else
    miss local "MongoDB lacks$missing" "on Debian and Ubuntu: sudo apt-get install$packages"
  fi
}

# Arguments: a library; what ldconfig knows, if it could be asked.
has_library() {
  local folder
  if [ -n "$2" ]; then
    [[ "$2" == *"$1 "* ]]
    return
  fi
  for folder in "${LIBRARY_FOLDERS[@]}"; do
    if [ -e "$folder/$1" ]; then return 0; fi
  done
  return 1
}

# A wheel has it for every machine on which local runs.
check_postgres() {
  if [ -n "${POSTGRES_BIN:-}" ]; then
    check_version "$POSTGRES_BIN/postgres" 15.0 local "name the folder of PostgreSQL's programs: POSTGRES_BIN=..." \
      "$POSTGRES_BIN/postgres" --version
  elif [ "${ESHOP_SERVERS:-}" = path ]; then
    check_version postgres 15.0 local "install PostgreSQL 15 or later, or name its folder: POSTGRES_BIN=..." postgres --version
  fi
}
