#!/usr/bin/env bash
# Installs the packages of Node.js, 20 or newer, that the tests use. It can be run again, and does nothing when all are
# there. There is no lock file, since it would name the registry that it was made with: package.json pins the versions.
set -euo pipefail
cd "$(dirname "$0")"
install() {
  if [ node_modules/.installed -nt package.json ]; then return; fi
  npm install --no-package-lock --no-audit --no-fund --loglevel=error
  touch node_modules/.installed
}
install
# What the checkout page is built with.
cd ../../src/Gateway/Checkout/Web
install
