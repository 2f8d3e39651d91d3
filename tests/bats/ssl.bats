#!/usr/bin/env bats
# The self-signed certificate: what it says, who trusts it, and that its key is left nowhere.

bats_require_minimum_version 1.5.0
load fixture

# Runs `setup_sh ssl` with the further arguments, and decodes what it prints.
make_certificate() {
  [ -e "$bin/openssl" ] || link openssl
  [ -e "$bin/tr" ] || link tr
  setup_sh "$@"
  [ "$status" -eq 0 ]
  certificate="$BATS_TEST_TMPDIR/certificate"
  key="$BATS_TEST_TMPDIR/key"
  sed -n 's/^tls.crt: //p' <<<"$output" | openssl base64 -d -A >"$certificate"
  sed -n 's/^tls.key: //p' <<<"$output" | openssl base64 -d -A >"$key"
}

shows() { openssl x509 -in "$certificate" -noout -text | grep -Fq -- "$1"; }
is_trusted_as() { openssl verify -x509_strict -purpose sslserver -CAfile "$certificate" -verify_hostname "$1" "$certificate"; }

# Leaves a command that notes its arguments before it does what it always did.
watch() {
  local real
  real="$(command -v "$1")"
  rm -f "$bin/$1"
  stub "$1" "printf '%s\\n' \"$1 \$*\" >>\"\$CALLS\"; exec $real \"\$@\""
}

@test "two lines are printed, a certificate and its key, in base64" {
  make_certificate ssl -d eshop.com
  [ "${#lines[@]}" -eq 2 ]
  [ -z "$stderr" ]
  [[ "${lines[0]}" =~ ^tls\.crt:\ [A-Za-z0-9+/]+=*$ ]]
  [[ "${lines[1]}" =~ ^tls\.key:\ [A-Za-z0-9+/]+=*$ ]]
  [ "$(head -n 1 "$certificate")" = "-----BEGIN CERTIFICATE-----" ]
  [ "$(tail -n 1 "$certificate")" = "-----END CERTIFICATE-----" ]
  [ "$(head -n 1 "$key")" = "-----BEGIN PRIVATE KEY-----" ]
  [ "$(tail -n 1 "$key")" = "-----END PRIVATE KEY-----" ]
}

@test "the certificate is for the domain and what is below it, and for a server" {
  make_certificate ssl -d eshop.com
  shows "Subject: CN = *.eshop.com"
  shows "DNS:*.eshop.com, DNS:eshop.com"
  shows "TLS Web Server Authentication"
  shows "Digital Signature, Key Encipherment"
  shows "CA:FALSE"
}

@test "the certificate holds for ten years" {
  make_certificate ssl -d eshop.com
  openssl x509 -in "$certificate" -noout -checkend $((3649 * 86400))
  run ! openssl x509 -in "$certificate" -noout -checkend $((3650 * 86400 + 60))
}

@test "the key is the certificate's" {
  make_certificate ssl -d eshop.com
  [ "$(openssl pkey -in "$key" -pubout)" = "$(openssl x509 -in "$certificate" -noout -pubkey)" ]
}

@test "every certificate has a key and a serial number of its own" {
  make_certificate ssl -d eshop.com
  first="$output"
  setup_sh ssl -d eshop.com
  [ "$(sed 1d <<<"$output")" != "$(sed 1d <<<"$first")" ]
  serial="$(openssl x509 -in "$certificate" -noout -serial)"
  sed -n 's/^tls.crt: //p' <<<"$output" | openssl base64 -d -A >"$certificate"
  [ "$serial" != "$(openssl x509 -in "$certificate" -noout -serial)" ]
}

@test "who trusts the certificate trusts both names, and no other" {
  make_certificate ssl -d eshop.com
  is_trusted_as eshop.com
  is_trusted_as users.eshop.com
  run ! is_trusted_as eshop.org
  run ! is_trusted_as deep.users.eshop.com
}

@test "a client that trusts the certificate shakes hands with a server that shows it" {
  make_certificate ssl -d eshop.com
  for name in eshop.com users.eshop.com; do
    python3 - "$certificate" "$key" "$name" <<'END'
import ssl, sys

certificate, key, name = sys.argv[1:]
here, there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=certificate)
here.load_cert_chain(certificate, key)
up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
sides = [there.wrap_bio(down, up, server_hostname=name), here.wrap_bio(up, down, server_side=True)]
for _ in range(5):
    for side in list(sides):
        try:
            side.do_handshake()
            sides.remove(side)
        except ssl.SSLWantReadError:
            pass
sys.exit(bool(sides))
END
  done
}

@test "a domain is taken in lower case" {
  make_certificate ssl -d EShop.Example.ORG
  shows "Subject: CN = *.eshop.example.org"
}

@test "the longest domain that fits is taken, and none longer" {
  longest="$(printf 'a%.0s' {1..58}).com"
  make_certificate ssl -d "$longest"
  shows "DNS:*.$longest, DNS:$longest"
  setup_sh ssl -d "a$longest"
  [ "$status" -eq 2 ]
  grep -Fq "longer than the 62 characters" <<<"$stderr"
}

@test "what is no domain is refused, before openssl is asked" {
  link tr
  stub openssl 'echo "openssl $*" >>"$CALLS"'
  for domain in "" " " localhost "*.eshop.com" https://eshop.com eshop.com/ eshop.com:443 .eshop.com eshop.com. eshop..com \
    -eshop.com eshop-.com e_shop.com "eshop.com,DNS:x.org" $'eshop.com\nx = y' 'eshop.$ENV' münchen.de 127.0.0.1; do
    setup_sh ssl -d "$domain"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    grep -Fq "./setup.sh ssl -d eshop.com" <<<"$stderr"
  done
  [ ! -s "$calls" ]
}

@test "a wrong call is refused and told the right one" {
  link tr openssl
  for words in "" "-d" "eshop.com" "-x eshop.com" "-d eshop.com more" "-d eshop.com -d eshop.org" "--domain eshop.com"; do
    setup_sh ssl $words
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    grep -Fq "./setup.sh ssl -d eshop.com" <<<"$stderr"
  done
}

@test "ssl can be asked for help" {
  for word in -h --help; do
    setup_sh ssl "$word"
    [ "$status" -eq 0 ]
    grep -Fq "ssl -d <domain>" <<<"$output"
  done
}

@test "a machine without openssl is told what to install" {
  link tr
  setup_sh ssl -d eshop.com
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  grep -Fq "apt-get install openssl" <<<"$stderr"
}

@test "an openssl that fails is heard, and nothing is printed" {
  link tr
  stub openssl 'echo "no randomness" >&2; exit 1'
  setup_sh ssl -d eshop.com
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  grep -Fq "no randomness" <<<"$stderr"
  grep -Fq "error: openssl could not make the certificate" <<<"$stderr"
}

@test "an openssl that makes a key and no certificate is not believed" {
  link tr
  stub openssl "[ \"\$1\" != req ] || exec $(command -v openssl) genpkey -algorithm RSA; exec $(command -v openssl) \"\$@\""
  setup_sh ssl -d eshop.com
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  grep -Fq "error: openssl made no CERTIFICATE" <<<"$stderr"
}

@test "an openssl that knows few options will do" {
  stub openssl "case \" \$* \" in
    *' -addext '* | *' -subj '* | *' -noenc '* | *' -quiet '* | *' -pkeyopt '* | *' -w0 '*) exit 1 ;;
  esac
  exec $(command -v openssl) \"\$@\""
  make_certificate ssl -d eshop.com
  is_trusted_as users.eshop.com
}

@test "a configuration of the machine's own changes nothing, and need not exist" {
  printf '[req]\ndefault_keyfile = %s\nx509_extensions = none\n' "$BATS_TEST_TMPDIR/leaked" >"$BATS_TEST_TMPDIR/openssl.cnf"
  make_certificate "OPENSSL_CONF=$BATS_TEST_TMPDIR/openssl.cnf" ssl -d eshop.com
  is_trusted_as eshop.com
  [ ! -e "$BATS_TEST_TMPDIR/leaked" ]
  setup_sh OPENSSL_CONF=/nowhere ssl -d eshop.com
  [ "$status" -eq 0 ]
}

@test "nothing is left on disk" {
  mkdir "$BATS_TEST_TMPDIR/home" "$BATS_TEST_TMPDIR/temporary"
  find "$checkout" >"$BATS_TEST_TMPDIR/before"
  make_certificate "HOME=$BATS_TEST_TMPDIR/home" "TMPDIR=$BATS_TEST_TMPDIR/temporary" ssl -d eshop.com
  [ -z "$(find "$BATS_TEST_TMPDIR/home" "$BATS_TEST_TMPDIR/temporary" -mindepth 1)" ]
  find "$checkout" | cmp - "$BATS_TEST_TMPDIR/before"
}

@test "no process gets the key as an argument" {
  for tool in openssl sed grep tr cat; do watch "$tool"; done
  make_certificate ssl -d eshop.com
  grep -Fq "openssl base64" "$calls"
  grep -Fq "sed " "$calls"
  encoded="${lines[1]#tls.key: }"
  run ! grep -Fq "$(sed -n 2p "$key")" "$calls"
  run ! grep -Fq "$encoded" "$calls"
}

@test "no file holds the key, not even for a moment: bash before 5.1 keeps here-documents in files" {
  run ! grep -n '<<<' "${SETUP%.sh}/ssl.sh"
  [ "$(grep -c '<<' "${SETUP%.sh}/ssl.sh")" -eq 1 ]
}
