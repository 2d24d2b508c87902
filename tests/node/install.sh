#!/usr/bin/env bash
# Installs what the tests use of Node.js, 20 or newer. Safe to run again; does nothing when all is there. There is no lock
# file, since it would name the registry of whoever made it: package.json pins the versions.
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
