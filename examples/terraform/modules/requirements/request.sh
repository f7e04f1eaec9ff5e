#!/bin/sh
# Sends one request: METHOD, URL, BODY (JSON) and TOKEN_FILE are in the environment.
set -eu

token_file=${TOKEN_FILE:-${SIMPLESTREAMS_TOKEN_FILE:-}}
headers() {
  if [ -n "$BODY" ]; then echo "Content-Type: application/json"; fi
  if [ -n "$token_file" ]; then
    sed -n '/^[[:space:]]*#/d; /^[[:space:]]*$/d; s/^[^:]*://; s/[[:space:]]*$//; s/^/Authorization: Bearer /p; q' \
      "$token_file"
  fi
}

# The token comes through a pipe: on a command line every user of this machine could read it (ps).
status=0
answer=$(
  headers | curl --silent --show-error --globoff --request "$METHOD" --header @- \
    ${BODY:+--data "$BODY"} --write-out '\n%{http_code}' "$URL"
) || status=$?
[ "$status" = 0 ] || exit "$status"
code=${answer##*
}
printf '%s\n' "$METHOD $URL: $answer"
case $METHOD:$code in
  *:2??) ;;
  # A level whose folder is gone has no requirements to take away.
  DELETE:404) ;;
  *) exit 1 ;;
esac
