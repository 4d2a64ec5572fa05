// The commands of the guest agent that we send, how long each may take, and the shape of the replies that we read (qemu: qga/qapi-schema.json). A guest
// says them, so lists and texts are bounded and nothing is believed: an address must be one, control characters do not reach a terminal.
import { z } from 'zod';

const CONTROL = /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;
/** Without what steers a terminal or turns the direction of text around. */
export const plainText = (text: string): string => text.replace(CONTROL, '\ufffd');

const text = (max: number) => z.string().max(max).transform(plainText);
const count = z.number().int().nonnegative().max(1_000_000);
/** 64 bits in JSON: beyond 2^53 the last digits are gone, which a size or a time in ns can bear. */
const big = z.number().nonnegative();
const list = <T extends z.ZodType>(item: T) => z.array(item).max(4096);
/** Checked sign by sign: zod's own pattern runs out of stack on megabytes. */
const base64 = z.string().regex(/^[0-9A-Za-z+/]*={0,2}$/, 'it is no base64');
/** Commands without a result say {}. */
const nothing = z.unknown();

const address = z
  .looseObject({
    // Some systems name the interface behind a link-local address: 'fe80::1%em0'.
    'ip-address': z
      .string()
      .max(64)
      .transform((said) => said.replace(/%.*$/, '')),
    'ip-address-type': z.enum(['ipv4', 'ipv6']),
    prefix: z.number().int().min(0).max(128),
  })
  .refine(
    (said) => (said['ip-address-type'] === 'ipv4' ? z.ipv4() : z.ipv6()).safeParse(said['ip-address']).success,
    'it is no address of its type',
  );

const pciAddress = z.looseObject({
  domain: z.number().int(),
  bus: z.number().int(),
  slot: z.number().int(),
  function: z.number().int(),
});
const diskAddress = z.looseObject({
  'pci-controller': pciAddress,
  'bus-type': text(64),
  bus: z.number().int(),
  target: z.number().int(),
  unit: z.number().int(),
  serial: text(256).optional(),
  dev: text(4096).optional(),
});
export type AgentDiskAddress = z.output<typeof diskAddress>;

export const agentReplies = {
  'guest-ping': nothing,
  'guest-info': z.looseObject({
    version: text(256),
    supported_commands: list(z.looseObject({ name: text(256), enabled: z.boolean() })),
  }),
  'guest-network-get-interfaces': list(
    z.looseObject({
      name: text(256),
      'hardware-address': z
        .string()
        .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5,19}$/i)
        .optional()
        // A tunnel may say '' or an address of another kind; the interface is one all the same.
        .catch(undefined),
      'ip-addresses': list(address).optional(),
    }),
  ),
  'guest-get-users': list(
    z.looseObject({ user: text(256), domain: text(256).optional(), 'login-time': z.number().nonnegative() }),
  ),
  'guest-get-fsinfo': list(
    z.looseObject({
      name: text(4096),
      mountpoint: text(4096),
      type: text(256),
      'used-bytes': big.optional(),
      'total-bytes': big.optional(),
      disk: list(diskAddress),
    }),
  ),
  'guest-get-osinfo': z.looseObject({
    id: text(256).optional(),
    name: text(256).optional(),
    'pretty-name': text(256).optional(),
    version: text(256).optional(),
    'version-id': text(256).optional(),
    variant: text(256).optional(),
    'variant-id': text(256).optional(),
    'kernel-release': text(256).optional(),
    'kernel-version': text(256).optional(),
    machine: text(256).optional(),
  }),
  'guest-get-host-name': z.looseObject({ 'host-name': text(256) }),
  'guest-get-timezone': z.looseObject({
    zone: text(256).optional(),
    offset: z.number().int().min(-93_600).max(93_600),
  }),
  'guest-get-time': z.number(),
  'guest-set-time': nothing,
  'guest-fsfreeze-status': z.enum(['thawed', 'frozen']),
  'guest-fsfreeze-freeze': count,
  'guest-fsfreeze-freeze-list': count,
  'guest-fsfreeze-thaw': count,
  'guest-fstrim': z.looseObject({
    paths: list(
      z.looseObject({
        path: text(4096),
        trimmed: big.optional(),
        minimum: big.optional(),
        error: text(4096).optional(),
      }),
    ),
  }),
  'guest-set-user-password': nothing,
  'guest-ssh-get-authorized-keys': z.looseObject({ keys: list(text(16_384)) }),
  'guest-ssh-add-authorized-keys': nothing,
  'guest-ssh-remove-authorized-keys': nothing,
  'guest-exec': z.looseObject({ pid: z.number().int() }),
  'guest-exec-status': z.looseObject({
    exited: z.boolean(),
    exitcode: z.number().int().optional(),
    signal: z.number().int().optional(),
    'out-data': base64.optional(),
    'err-data': base64.optional(),
    'out-truncated': z.boolean().optional(),
    'err-truncated': z.boolean().optional(),
  }),
  'guest-get-vcpus': list(
    z.looseObject({ 'logical-id': z.number().int(), online: z.boolean(), 'can-offline': z.boolean().optional() }),
  ),
  'guest-set-vcpus': count,
} as const;

export type AgentCommand = keyof typeof agentReplies;
export type AgentReply<C extends AgentCommand> = z.output<(typeof agentReplies)[C]>;

/** Commands that succeed by what happens to the guest and say nothing then. */
export type SilentAgentCommand = 'guest-shutdown' | 'guest-suspend-ram' | 'guest-suspend-disk' | 'guest-suspend-hybrid';

const DEFAULT_TIMEOUT_MS = 10_000;
const SLOW_COMMANDS: Readonly<Record<string, number>> = {
  // Each waits until what was written is on the disk.
  'guest-fsfreeze-freeze': 30_000,
  'guest-fsfreeze-freeze-list': 30_000,
  'guest-fsfreeze-thaw': 30_000,
  'guest-fstrim': 30_000,
  // hwclock(8) waits for the second to change, under load for several.
  'guest-set-time': 30_000,
};

export const agentTimeoutMs = (command: string): number => SLOW_COMMANDS[command] ?? DEFAULT_TIMEOUT_MS;

export const agentMessageSchema = z.union([
  z.looseObject({ error: z.looseObject({ class: z.string().max(256), desc: z.string() }) }),
  z.looseObject({ return: z.unknown() }).refine((message) => 'return' in message),
]);
