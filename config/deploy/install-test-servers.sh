#!/bin/sh
# Installs the programs that Cleanline's tests start by themselves; no service is started.
set -eu
# A Modbus client in another language. Debian's npm brings some hundred packages: only where one is.
clients="$(dirname "$0")/../../tests/clients"
install_clients() {
  [ -e "$clients/package.json" ] && [ ! -d "$clients/node_modules/modbus-serial" ] || return 0
  # What sudo installs is to belong to who called it.
  if ! command -v npm >/dev/null; then
    echo "npm is not installed: the test that reads meters with Node.js will be skipped"
  elif ! ${SUDO_USER:+sudo -u "$SUDO_USER"} timeout 60 npm install --prefix "$clients" --silent \
      --ignore-scripts --no-package-lock --no-audit --no-fund; then
    echo "npm reached no registry: the test that reads meters with Node.js will be skipped"
  fi
}
programs="mosquitto influxdb influxdb-client mbpoll chromium socat collectd-core libmodbus5"
if ! command -v apt-get >/dev/null; then
  echo "This is not Debian: install by your own means: $programs"
  exit 2
fi
if [ "$(id -u)" != 0 ]; then
  echo "Type: sudo make servers   (it installs: $programs)"
  exit 2
fi
missing=""
for program in $programs; do
  dpkg -s "$program" >/dev/null 2>&1 || missing="$missing $program"
done
install_clients
[ -z "$missing" ] && { echo "all test servers are installed"; exit 0; }
# Debian starts a service when it is installed; a policy of 101 forbids it for this once.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  made=yes
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
