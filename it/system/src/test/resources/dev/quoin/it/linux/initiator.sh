# What the tests with a Linux kernel have in common. PORTAL and TARGET are set before.

name() { echo "iqn.2026-11.org.example:$1"; }

# Starts the daemon of open-iscsi and makes a record of an interface for each initiator.
initiators() {
  iscsid
  until grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix; do sleep 0.1; done
  local who
  for who in "$@"; do
    iscsiadm -m iface -I "$who" -o new
    iscsiadm -m iface -I "$who" -o update -n iface.transport_name -v tcp
    iscsiadm -m iface -I "$who" -o update -n iface.initiatorname -v "$(name "$who")"
  done
}

# discover SECRET INITIATOR...
discover() {
  local secret=$1 field who
  shift
  iscsiadm -m discoverydb -t st -p "$PORTAL" -o delete 2>/dev/null || true
  iscsiadm -m discoverydb -t st -p "$PORTAL" -o new
  iscsiadm -m discoverydb -t st -p "$PORTAL" -o update -n discovery.sendtargets.reopen_max -v 1
  if [ -n "$secret" ]; then
    for field in authmethod=CHAP username=web1 "password=$secret"; do
      iscsiadm -m discoverydb -t st -p "$PORTAL" -o update -n "discovery.sendtargets.auth.${field%%=*}" -v "${field#*=}"
    done
  fi
  local interfaces=()
  for who in "$@"; do interfaces+=(-I "$who"); done
  iscsiadm -m discoverydb -t st -p "$PORTAL" "${interfaces[@]}" --discover
}

# put INITIATOR KEY=VALUE...: what its next login asks for.
put() {
  local who=$1 field
  shift
  for field in "$@"; do iscsiadm -m node -T "$TARGET" -I "$who" -o update -n "${field%%=*}" -v "${field#*=}"; done
}

login() { iscsiadm -m node -T "$TARGET" -I "$1" --login; }

logout() { iscsiadm -m node -T "$TARGET" -I "$1" --logout; }

session() {
  local found
  for found in /sys/class/iscsi_session/session*; do
    [ "$(cat "$found/initiatorname" 2>/dev/null)" != "$(name "$1")" ] || { echo "$found"; return; }
  done
  echo "no session of $1" >&2
  return 1
}

# disk INITIATOR LUN: its device, when it is there.
disk() {
  local found tries
  for tries in $(seq 100); do
    for found in "$(session "$1")"/device/target*/*:"$2"/block/*; do
      [ ! -b "/dev/${found##*/}" ] || { echo "/dev/${found##*/}"; return; }
    done
    sleep 0.1
  done
  echo "no disk for LUN $2 of $1" >&2
  return 1
}
