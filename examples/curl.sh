#!/bin/sh
# A day with the service, by curl alone: ready? what is there? requirements, reindex, verify, metrics,
# download.
#
#   SIMPLESTREAMS_URL=https://images.example.org \
#   SIMPLESTREAMS_TOKEN_FILE=/etc/simplestreams/token sh curl.sh
#
# SIMPLESTREAMS_URL         where the service is; http://127.0.0.1:8080 if not given
# SIMPLESTREAMS_TOKEN_FILE  a token, or NAME:TOKEN, in its first line; none for a service without tokens
# SIMPLESTREAMS_PRODUCT     os:release:arch:variant; the first one that is published if not given. Its
#                           requirements are changed, and taken away again at the end
# CURL_CA_BUNDLE            (curl's own) the CA of a service with a certificate of its own making
#
# Needs curl 7.76 or later; jq makes the list of products nicer. Exit status 0: all was as expected.
set -eu

url=${SIMPLESTREAMS_URL:-http://127.0.0.1:8080}
url=${url%/}
work=$(mktemp -d)
added=
tidy() {
  status=$?
  trap - EXIT
  # What a run that did not come to its end has set must not stay.
  [ -z "$added" ] || (api DELETE "/requirements/$added") || status=1
  rm -rf "$work"
  exit "$status"
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The token goes from file to file: on a command line every user of this machine could read it (ps).
umask 077
: > "$work/headers"
if [ -n "${SIMPLESTREAMS_TOKEN_FILE:-}" ]; then
  sed -n '/^[[:space:]]*#/d; /^[[:space:]]*$/d; s/^[^:]*://; s/[[:space:]]*$//; s/^/Authorization: Bearer /p; q' \
    "$SIMPLESTREAMS_TOKEN_FILE" > "$work/headers"
fi

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'Not as expected: %s\n' "$*" >&2; exit 1; }

# request METHOD PATH [CURL OPTIONS]: prints the answer, whatever its status is.
request() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --globoff --request "$method" --header "@$work/headers" "$@" "$url$path"
}
# api METHOD PATH [CURL OPTIONS]: the same under /api/v1, and the answer is in $work/answer. With a
# status of 400 or more it says why, and this script ends.
api() {
  method=$1 path=$2
  shift 2
  request "$method" "/api/v1$path" --fail-with-body "$@" > "$work/answer" || {
    status=$?
    cat "$work/answer" >&2
    exit "$status"
  }
}
# field NAME: the first value of that name in the JSON on stdin. Do use jq in scripts of your own.
field() {
  grep -o -e "\"$1\":\"[^\"]*\"" -e "\"$1\":[a-z0-9][a-z0-9]*" | head -n 1 |
    sed 's/^"[^"]*"://; s/^"//; s/"$//'
}
# expect NAME VALUE: shows the answer, and ends this script if it has another value.
expect() {
  cat "$work/answer"
  echo
  found=$(field "$1" < "$work/answer")
  [ "$found" = "$2" ] || fail "$1 is \"$found\", not \"$2\""
}

step "Is it ready?"
request GET /readyz --fail-with-body

step "What is published?"
api GET "/products?limit=1000"
if command -v jq > /dev/null; then
  jq -r '.products[] | "\(.id)  \(.versions[-1].name)  \(.aliases | join(", "))"' "$work/answer"
else
  cat "$work/answer"
fi

product=${SIMPLESTREAMS_PRODUCT:-$(field id < "$work/answer")}
[ -n "$product" ] || fail "no product is published"
level=$(printf %s "$product" | tr : /)

step "The requirements of $product"
api GET "/requirements/$level"
cat "$work/answer"
echo
grep -q '"own":null' "$work/answer" ||
  fail "it has requirements, which this script will not change; name another by SIMPLESTREAMS_PRODUCT"

step "Set them"
api PUT "/requirements/$level" --header "Content-Type: application/json" \
  --data '{"secureboot": false}' --dump-header "$work/head"
added=$level
expect changed true
# Says which state of the requirements was seen; see If-Match below.
old_tag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$work/head" | tr -d '\r')

step "Set the same again: nothing changes"
api PUT "/requirements/$level" --header "Content-Type: application/json" \
  --data '{"secureboot": false}'
expect changed false

step "Change one key and leave the others (a merge patch; null takes a key away)"
api PATCH "/requirements/$level" --header "Content-Type: application/merge-patch+json" \
  --data '{"nesting": true}' --dump-header "$work/head"
expect changed true
new_tag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$work/head" | tr -d '\r')

step "Change them only if nobody else did meanwhile: not with the tag from before the patch"
request PUT "/api/v1/requirements/$level" --header "Content-Type: application/json" \
  --header "If-Match: $old_tag" --data '{}' > "$work/answer"
expect code PRECONDITION_FAILED

step "... but with the one of now"
api PATCH "/requirements/$level" --header "Content-Type: application/merge-patch+json" \
  --header "If-Match: $new_tag" --data '{"nesting": null}'
expect changed true

step "Publish what changed, and look at nothing but this product"
api POST /reindex --header "Content-Type: application/json" \
  --data "{\"products\": [\"$product\"]}"
expect written true
api GET "/products/$product"
grep -q '"secureboot":"false"' "$work/answer" || fail "it is not published"

step "Take the requirements away again, and publish that in the same call"
api DELETE "/requirements/$level?reindex=true"
added=
expect changed true

step "Index everything, and do not wait for it"
api POST /reindex --header "Prefer: respond-async" --dump-header "$work/head"
run=$(sed -n 's/^[Ll]ocation: *//p' "$work/head" | tr -d '\r')
[ -n "$run" ] || fail "no Location"
while :; do
  request GET "$run" --fail-with-body > "$work/answer"
  state=$(field state < "$work/answer")
  echo "$run is $state"
  case $state in
    done) break ;;
    failed) fail "$(cat "$work/answer")" ;;
  esac
  sleep 1
done

step "What does Incus launch by which name?"
api GET "/images?client=incus&limit=5"
cat "$work/answer"
echo

step "Are the files as the documents say?"
api GET /verify
cat "$work/answer"
echo
! grep -q '"severity":"error"' "$work/answer" || fail "they are not"

step "Metrics, for Prometheus"
request GET /metrics --fail-with-body > "$work/metrics"
grep '^simplestreams_[a-z_]* ' "$work/metrics" || fail "there are none"

step "Download a file; what is there already is not asked for again"
api GET "/products/$product"
file=$(grep -o '"path":"[^"]*","size":[0-9]*,"sha256":"[0-9a-f]*"' "$work/answer" | head -n 1)
path=$(printf %s "$file" | field path | sed 's/%/%25/g; s/ /%20/g; s/#/%23/g; s/?/%3F/g')
curl --silent --show-error --fail --globoff --range 0-99 --output "$work/file" "$url/$path"
curl --silent --show-error --fail --globoff --continue-at - --output "$work/file" \
  --write-out '%{http_code}: %{size_download} bytes more\n' "$url/$path"
echo "$(printf %s "$file" | field sha256)  $work/file" > "$work/sums"
sha256sum --quiet --check "$work/sums" || fail "the file is not the one that the list tells of"
echo "$path is as published"
