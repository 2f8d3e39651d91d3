# shellcheck shell=bash
# A self-signed certificate, printed as a Kubernetes Secret wants it. OpenSSL 1.1 or later or LibreSSL makes it.
# The key is never in a file nor in a process's arguments, it goes through pipes alone; no here-string and no
# here-document holds it either, as bash before 5.1 keeps those in files.

CERTIFICATE_DAYS=3650

cmd_ssl() {
  local domain pem certificate key
  if [ "$#" -eq 1 ] && asks_for_help "$1"; then print_help && return; fi
  case "$#:${1:-}" in
    2:-d) ;;
    *) fail 2 "ssl takes -d and one domain" "./setup.sh ssl -d eshop.com" ;;
  esac
  domain="$(domain_name "$2")"
  demand_openssl
  # What openssl says of its progress interests nobody; what it says of its failure does, so it is asked again.
  if ! pem="$(make_certificate "$domain" 2>/dev/null)"; then
    make_certificate "$domain" >/dev/null || true
    fail 1 "openssl could not make the certificate, see above" "openssl version (OpenSSL 1.1 or later, or LibreSSL, will do)"
  fi
  certificate="$(block_in_base64 CERTIFICATE "$pem")"
  key="$(block_in_base64 "PRIVATE KEY" "$pem")"
  printf 'tls.crt: %s\ntls.key: %s\n' "$certificate" "$key"
}

# Prints the domain as DNS compares it, in lower case. At least two labels: a wildcard right below one, as in *.localhost,
# is accepted by hardly any client. A common name holds 64 characters, and `*.` is two of them.
domain_name() {
  local LC_ALL=C domain complaint="" label='[a-z0-9]([a-z0-9-]*[a-z0-9])?'
  local name="^($label\.)+$label\$" address='\.[0-9]+$'
  domain="$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')"
  if ! [[ "$domain" =~ $name ]]; then
    complaint="not a domain of letters, digits and hyphens, with a dot"
  elif [[ "$domain" =~ $address ]]; then
    complaint="an address, not a domain"
  elif [ "${#domain}" -gt 62 ]; then
    complaint="longer than the 62 characters that a certificate has room for"
  fi
  if [ -n "$complaint" ]; then
    fail 2 "'$1' is $complaint" "./setup.sh ssl -d eshop.com (the bare domain; the certificate holds for *.eshop.com, too)"
  fi
  printf '%s\n' "$domain"
}

demand_openssl() {
  if command -v openssl >/dev/null; then return 0; fi
  fail 1 "there is no openssl on PATH" "install it (Debian and Ubuntu: sudo apt-get install openssl; Mac: brew install openssl)"
}

# Prints the key and then the certificate: where nothing names a file for the key, it goes to stdout.
make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days "$CERTIFICATE_DAYS" -config <(certificate_config "$1")
}

# Not by options, as old ones lack -addext. CA:FALSE, since some clients refuse a server that shows an authority's
# certificate, while whoever trusts this very one needs no authority.
certificate_config() {
  cat <<END
[req]
prompt = no
distinguished_name = subject
x509_extensions = server
[subject]
commonName = *.$1
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = DNS:*.$1, DNS:$1
END
}

# Arguments: how the title of the block ends; a text with blocks of PEM.
block_in_base64() {
  printf '%s\n' "$2" | sed -n "/^-----BEGIN .*$1-----\$/,/^-----END /p" | grep . | openssl base64 -A ||
    fail 1 "openssl made no $1" "openssl version (OpenSSL 1.1 or later, or LibreSSL, will do)"
}
