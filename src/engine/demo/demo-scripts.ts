// The scripts inside the demo guest. It is a guest to look at and to test with: it shows a shell on the screen and on every serial line, takes
// an address by DHCP, and obeys ACPI's power button. `vivarium-demo ready` on the serial line means that the shell is there.

/** What the guest writes to its consoles when it is up. */
export const DEMO_READY = 'vivarium-demo ready';

// Two groups, each in the order in which modules need one another. Drivers without which nothing is seen or heard go first; the shell does not
// wait for the second group. A module that the kernel has built in, or does not have, is passed over.
export const FIRST_MODULES = [
  'button',
  'evdev',
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_input',
  'virtio_console',
  'failover',
  'net_failover',
  'virtio_net',
  'virtio_blk',
] as const;
export const LATER_MODULES = [
  'virtio_balloon',
  'virtio-rng',
  'pvpanic',
  'pvpanic-pci',
  'scsi_common',
  'scsi_mod',
  'virtio_scsi',
  'sd_mod',
  'cdrom',
  'sr_mod',
  'isofs',
  'fuse',
  'virtiofs',
] as const;

/** /init: the first process. It makes a system out of an empty one and becomes busybox's init. */
export const INIT = `#!/bin/sh
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /run /tmp
mount -t devpts devpts /dev/pts
mount -t tmpfs run /run
hostname demo
for module in /lib/first/*; do insmod "$module" 2>/dev/null; done
{
  echo '::sysinit:/etc/start'
  echo '::ctrlaltdel:/bin/reboot'
  [ -e /dev/tty1 ] && echo 'tty1::respawn:-/bin/sh'
  # only lines with a chip behind them: init would start a shell on the others again and again
  for tty in /sys/class/tty/ttyS* /sys/class/tty/hvc*; do
    [ -e "$tty" ] || continue
    [ "$(cat "$tty/type" 2>/dev/null)" = 0 ] && continue
    echo "\${tty##*/}::respawn:-/bin/sh"
  done
} > /etc/inittab
exec /sbin/init
`;

/** /etc/start: what init runs before the shells. What takes long goes to the background. */
export const START = `#!/bin/sh
# the kernel's lines must not run over the prompt
echo 1 > /proc/sys/kernel/printk
(for module in /lib/later/*; do insmod "$module" 2>/dev/null; done; rm -rf /lib/first /lib/later) &
# any event of a power button's input device is the button: press and release both come from it
for event in /sys/class/input/event*; do
  [ "$(cat "$event/device/name" 2>/dev/null)" = 'Power Button' ] || continue
  (head -c 24 "/dev/input/\${event##*/}" > /dev/null && echo 'The power button was pressed.' > /dev/console; /bin/poweroff) &
done
ifconfig lo 127.0.0.1 up
if [ -e /sys/class/net/eth0 ]; then
  ifconfig eth0 up
  udhcpc -i eth0 -s /etc/udhcpc -b -q -t 3 -T 1 > /dev/null 2>&1 &
fi
# the firmware's lines are still on the screen
[ -e /dev/tty1 ] && printf '\\033[2J\\033[H' > /dev/tty1
for tty in /dev/tty1 /dev/console; do echo '${DEMO_READY}' > "$tty" 2>/dev/null; done
`;

/** /etc/udhcpc: what udhcpc runs with an address. */
export const UDHCPC = `#!/bin/sh
[ "$1" = deconfig ] && exec ifconfig "$interface" 0.0.0.0
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ifconfig "$interface" "$ip" netmask "\${subnet:-255.255.255.0}"
for gateway in $router; do route add default gw "$gateway" dev "$interface" 2>/dev/null; break; done
: > /etc/resolv.conf
for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
`;

/** /etc/profile: read by every shell. */
export const PROFILE = `export PATH=/sbin:/bin HOME=/root TERM=\${TERM:-linux} PS1='demo:~# '
# busybox's shell takes its own commands before those in PATH, and its own way to power off takes two seconds more
alias poweroff=/bin/poweroff reboot=/bin/reboot
cd /root
echo
echo "Vivarium demo guest -- Linux $(uname -r), $(nproc) CPU, $(awk '/MemTotal/{print int($2/1024)}' /proc/meminfo) MiB"
echo "Type 'poweroff' to shut it down, 'reboot' to restart it, 'ip addr' to see its"
echo "network address."
echo
`;
