# shellcheck shell=bash
# What the doctor sees in the machine itself: its processor, memory and disk, and how the checkout came onto it.

PROC=/proc

# MongoDB since 5.0 needs AVX on x86-64 and ARMv8.2 on arm64, in a container as elsewhere.
check_processor() {
  case "$SYSTEM $PROCESSOR" in
    Darwin\ arm64) fine "Apple's processor" ;;
    *\ x86_64 | *\ amd64)
      if has_avx; then fine "x86-64 with AVX"; else complain_of_processor "without AVX, which MongoDB needs"; fi
      ;;
    *\ aarch64 | *\ arm64)
      if has_flag atomics; then fine "arm64"; else complain_of_processor "older than ARMv8.2, which MongoDB needs"; fi
      ;;
    *) complain_of_processor "of a kind ($PROCESSOR) for which there is no MongoDB" ;;
  esac
}

# What it means for local depends on whose MongoDB it is.
complain_of_processor() {
  miss "compose kind helm" "the processor is $1" \
    "take another machine; a virtual one has to show its host's processor (often called CPU type host)"
}

has_avx() {
  if [ "$SYSTEM" = Darwin ]; then
    [ "$(limited "$ANSWER_SECONDS" sysctl -n hw.optional.avx1_0 2>/dev/null)" != 0 ]
  else
    has_flag avx
  fi
}

# Where the system does not tell there is no complaint.
has_flag() {
  local flags
  flags="$(sed -n -e '/^flags/p' -e '/^Features/p' "$PROC/cpuinfo" 2>/dev/null | sed 1q)" || return 0
  [ -z "$flags" ] || [[ "$flags " == *" $1 "* ]]
}

check_memory() {
  local bytes
  if [ "$SYSTEM" = Darwin ]; then
    bytes="$(limited "$ANSWER_SECONDS" sysctl -n hw.memsize 2>/dev/null)" || return 0
    judge_memory "memory" "$bytes" "close other programs"
  else
    bytes="$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' "$PROC/meminfo" 2>/dev/null)" || return 0
    judge_memory "memory free" "$((${bytes:-0} * 1024))" "close other programs"
  fi
}

# Arguments: what it is; its bytes; what to do. A tenth less than wanted will do: of 4 GB a system shows less.
judge_memory() {
  if [ "$2" -eq 0 ]; then return 0; fi
  if [ "$2" -lt 1800000000 ]; then
    warn "$(gigabytes "$2") GB of $1: local and docker compose want 2, kind 4" "$3"
  elif [ "$2" -lt 3600000000 ]; then
    warn "$(gigabytes "$2") GB of $1: enough for local and docker compose, but kind wants 4" "$3"
  else
    fine "$(gigabytes "$2") GB of $1"
  fi
}

gigabytes() { printf '%d.%d\n' "$(($1 / 1000000000))" "$(($1 / 100000000 % 10))"; }

# Arguments: a folder; whose it is; the gigabytes wanted; those that kind wants there, if it does.
check_disk() {
  local kilobytes room remedy="make room on the disk that holds ${1/#./this folder}"
  kilobytes="$(limited "$ANSWER_SECONDS" df -Pk "$1" 2>/dev/null | sed -n 's/.* \([0-9][0-9]*\)  *[0-9][0-9]*% .*/\1/p')" || return 0
  if [ -z "$kilobytes" ]; then return 0; fi
  room="$(gigabytes "$((kilobytes * 1024))") GB of disk free for $2"
  if [ "$kilobytes" -lt "$(($3 * 1000000))" ]; then
    warn "$room, which wants $3${4:+, and $4 for kind}" "$remedy"
  elif [ "$kilobytes" -lt "$((${4:-$3} * 1000000))" ]; then
    warn "$room: enough for docker compose, but kind wants $4" "$remedy"
  else
    fine "$room"
  fi
}

# With a carriage return at the end of its first line a script runs in no container.
check_line_endings() {
  local file spoilt=""
  for file in setup.sh setup/*.sh mongodb/*.sh postgresql/*.sh; do
    if [ -f "$file" ] && grep -q $'\r$' "$file"; then spoilt="$spoilt $file"; fi
  done
  if [ -z "$spoilt" ]; then
    fine "the scripts' line endings"
  else
    miss "compose kind helm" "Windows line endings in$spoilt" "perl -pi -e 's/\\r\$//'$spoilt"
  fi
}

# A checkout made under a strict umask; the databases run under accounts of their own, and read their scripts from it.
check_readability() {
  if [ -z "$(find mongodb postgresql ! -perm -004 2>/dev/null)" ]; then return 0; fi
  miss compose "the databases' containers may not read their scripts" "chmod -R a+rX mongodb postgresql"
}
