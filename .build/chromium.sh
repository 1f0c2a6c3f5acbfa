#!/bin/sh
# A Chromium for the tests of our pages: the one that is there, else the system's package where it can be installed.
# Never asks, never fails: without one these tests are skipped, and say so.
[ -n "$CHROMIUM" ] && exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
tried=.venv/no-chromium # so that it is tried once only
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && [ ! -e "$tried" ]; then
    echo 'Installing Chromium for the tests of the pages ...'
    export DEBIAN_FRONTEND=noninteractive
    timeout 300 sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium' >/dev/null 2>&1 && exit 0
    : >"$tried"
fi
echo 'No Chromium: the tests of the pages are skipped. To run them: apt-get install chromium, or CHROMIUM=/path make test' >&2
