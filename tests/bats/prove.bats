#!/usr/bin/env bats
# The proof and the audit: handed over with what they were given, after what the tests need is there.

bats_require_minimum_version 1.5.0
load fixture

@test "prove and audit reach the package with their arguments" {
  setup_sh prove --seed 7 --seconds 20 --yes
  [ "$status" -eq 0 ]
  called "-m tests.prove prove --seed 7 --seconds 20 --yes"
  setup_sh audit --json
  [ "$status" -eq 0 ]
  called "-m tests.prove audit --json"
}

@test "what the tests need is installed first" {
  setup_sh audit
  grep -Fq -- "-r tests/requirements.txt" "$calls"
  [ "$(tail -n 1 "$calls")" = "-m tests.prove audit" ]
}

@test "their exit codes are the package's" {
  setup_sh audit
  for code in 1 2; do
    printf '#!/usr/bin/env bash\n[ "$2" != tests.prove ] || exit %s\n' "$code" >"$checkout/.venv/bin/python"
    for word in prove audit; do
      setup_sh "$word"
      [ "$status" -eq "$code" ]
    done
  done
}

@test "they can be asked for help, which names their options, before anything is installed" {
  for word in prove audit; do
    setup_sh "$word" --help
    [ "$status" -eq 0 ]
    for option in --on --context --json --seconds --customers --seed --unsafe --yes; do
      grep -Eq -- "^  .*$option" <<<"$output"
    done
    [ ! -s "$calls" ]
  done
}
