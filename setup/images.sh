# shellcheck shell=bash
# Handing images that Docker holds to a cluster of kind's, whose node has a container engine of its own.

LOAD_SECONDS=900
ROUND="where kind fails: docker image save --platform linux/<the engine's> -o <file>, kind load image-archive <file>"

cmd_load_images() {
  local example="./setup.sh load images -k eshop" image images=()
  read_options "$example" "-k -n --dry-run" "$@"
  demand_cluster_name "$example"
  demand_tools docker kind
  is_dry || has_cluster || fail 1 "there is no cluster $CLUSTER" "./setup.sh kubernetes kind -n $CLUSTER"
  for image in "${SERVICES[@]/%/:$(version_of_shop)}"; do
    is_dry || is_held "$image" || fail 1 "the image $image is not built" "./setup.sh docker images"
    images+=("$image")
  done
  step "loading the services' images into $CLUSTER"
  hand_over "" "${images[@]}" ||
    fail 1 "kind cannot load the images, see above" \
      "./setup.sh docker images, then again (a file takes Docker 28, and room in the folder that TMPDIR names)"
  for image in $(images_of mongodb/k8s/statefulset.yaml) $(images_of postgresql/k8s/statefulset.yaml); do
    load_or_leave "$image"
  done
}

# The images that a manifest names.
images_of() { sed -n 's/^[ -]*image: *"\{0,1\}\([^"# ]*\).*/\1/p' "$1" | sort -u; }

is_held() { limited "$LOOK_SECONDS" docker image inspect "$1" >/dev/null 2>&1; }

# For an image that the cluster can pull as well.
load_or_leave() {
  if ! is_dry && ! is_held "$1"; then
    say "$1 is not on this machine: the cluster pulls it"
    return
  fi
  step "loading $1 into $CLUSTER"
  hand_over "if docker holds it, else the cluster pulls it; " "$1" ||
    say "kind cannot hand $1 over, see above: the cluster pulls it"
}

# Arguments: what a dry run says of it first; images.
hand_over() {
  run_where "$1$ROUND" "$LOAD_SECONDS" kind load docker-image --name "$CLUSTER" "${@:2}" && return
  say "kind cannot take over what docker holds, see above; it is tried with a file"
  hand_over_in_file "${@:2}"
}

# Docker's containerd image store names in an image that was pulled the parts for all processors, and holds those for one;
# kind asks for all that are named. The file names none but those for the node's processor, which is the engine's.
# A subshell, whose trap removes hundreds of megabytes on an interrupt, too.
hand_over_in_file() (
  processor="$(limited "$LOOK_SECONDS" docker version --format '{{.Server.Arch}}')" || exit
  folder="$(mktemp -d "${TMPDIR:-/tmp}/eshop.XXXXXX")" || exit
  trap 'rm -rf "$folder"' EXIT
  run "$LOAD_SECONDS" docker image save --platform "linux/$processor" -o "$folder/images.tar" "$@" || exit
  run "$LOAD_SECONDS" kind load image-archive --name "$CLUSTER" "$folder/images.tar"
)
