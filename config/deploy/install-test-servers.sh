#!/bin/sh
# Installs the programs that Cleanline's tests start by themselves; no service is started.
set -eu
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
