#!/usr/bin/env bats
# What setup.sh demands of the machine, and when it installs.

bats_require_minimum_version 1.5.0
load fixture

@test "the first start makes a virtual environment and installs all locks by hash, in one go" {
  setup_sh local up
  [ "$status" -eq 0 ]
  called "-m venv --clear .venv"
  locks=""
  for folder in local orderservice paymentservice productservice userservice walletservice; do
    locks="$locks -r $folder/requirements.txt"
  done
  called "-m pip install --disable-pip-version-check --no-input --require-hashes$locks"
  called "-m local up"
}

@test "a new folder with a source of requirements is installed too" {
  mkdir "$checkout/mailservice"
  touch "$checkout/mailservice/requirements.in" "$checkout/mailservice/requirements.txt"
  setup_sh local up
  grep -F "pip install" "$calls" | grep -Fq -- "-r mailservice/requirements.txt"
}

@test "the second start installs nothing" {
  setup_sh local up
  setup_sh local up
  [ "$(times_called "pip install")" -eq 1 ]
  [ "$(times_called "-m local up")" -eq 2 ]
}

@test "a changed lock is installed at the next start" {
  setup_sh local up
  echo "flask==3.1.4" >"$checkout/walletservice/requirements.txt"
  setup_sh local up
  [ "$(times_called "pip install")" -eq 2 ]
}

@test "a changed lock does not stand in the way of stopping" {
  setup_sh local up
  echo "flask==3.1.4" >"$checkout/walletservice/requirements.txt"
  setup_sh local down
  [ "$(times_called "pip install")" -eq 1 ]
  called "-m local down"
}

@test "an installation that failed is tried again" {
  setup_sh NO_NETWORK=1 local up
  [ "$status" -eq 1 ]
  grep -Fq "pip could not install" <<<"$stderr"
  grep -Fq "see 'With Docker Compose' in README.md" <<<"$stderr"
  [ "$(times_called "-m local")" -eq 0 ]
  setup_sh local up
  [ "$status" -eq 0 ]
  [ "$(times_called "pip install")" -eq 2 ]
}

@test "the tests install their own lock beside the others" {
  setup_sh test unit
  grep -F "pip install" "$calls" | grep -Fq -- "-r tests/requirements.txt"
  setup_sh test unit
  [ "$(times_called "pip install")" -eq 1 ]
}

@test "a virtual environment whose making was cut off is made again" {
  mkdir -p "$checkout/.venv/bin"
  printf '#!/usr/bin/env bash\nexit 1\n' >"$checkout/.venv/bin/python"
  chmod +x "$checkout/.venv/bin/python"
  setup_sh local up
  [ "$status" -eq 0 ]
  called "-m venv --clear .venv"
}

@test "a missing lock is named" {
  rm "$checkout/orderservice/requirements.txt"
  setup_sh local up
  [ "$status" -eq 1 ]
  grep -Fq "orderservice/requirements.txt is missing" <<<"$stderr"
}

@test "a Python that is too old is refused" {
  setup_sh TOO_OLD=1 local up
  [ "$status" -eq 1 ]
  grep -Fq "no Python 3.11 or later" <<<"$stderr"
  grep -Fq "PYTHON=" <<<"$stderr"
}

@test "an older Python before a newer one is passed over" {
  stub python3.13 'exit 1'
  stub python3.12 "$(python_stub)"
  setup_sh local up
  [ "$status" -eq 0 ]
}

@test "PYTHON names the one to use, and no other is taken" {
  setup_sh PYTHON=/nowhere/python local up
  [ "$status" -eq 1 ]
  grep -Fq "/nowhere/python" <<<"$stderr"
}

@test "a Python without venv is told what to install" {
  setup_sh NO_VENV=1 local up
  [ "$status" -eq 1 ]
  grep -Fq "apt-get install python3.13-venv" <<<"$stderr"
}

@test "Windows is told about WSL2 and Docker" {
  for system in MINGW64_NT-10.0 MSYS_NT-10.0 CYGWIN_NT-10.0; do
    setup_sh "UNAME=$system" local up
    [ "$status" -eq 1 ]
    grep -Fq "WSL2" <<<"$stderr"
    grep -Fq "Docker: see 'With Docker Compose' in README.md" <<<"$stderr"
  done
}
