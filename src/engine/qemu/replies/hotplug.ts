// Replies of the commands that change devices of a running guest.
import { z } from 'zod';

const nothing = z.unknown();

const medium = z.looseObject({
  'node-name': z.string().optional(),
  file: z.string(),
  drv: z.string(),
  ro: z.boolean(),
});

export const hotplugReplies = {
  device_add: nothing,
  device_del: nothing,
  'blockdev-add': nothing,
  'blockdev-del': nothing,
  netdev_add: nothing,
  netdev_del: nothing,
  'object-add': nothing,
  'object-del': nothing,
  'chardev-add': nothing,
  'chardev-remove': nothing,
  'blockdev-open-tray': nothing,
  'blockdev-close-tray': nothing,
  'blockdev-remove-medium': nothing,
  'blockdev-insert-medium': nothing,
  set_link: nothing,
  balloon: nothing,
  'query-balloon': z.looseObject({ actual: z.number() }),
  'query-block': z.array(
    z.looseObject({
      device: z.string(),
      qdev: z.string().optional(),
      tray_open: z.boolean().optional(),
      locked: z.boolean(),
      inserted: medium.optional(),
    }),
  ),
  'query-named-block-nodes': z.array(z.looseObject({ 'node-name': z.string().optional() })),
  'qom-list': z.array(z.looseObject({ name: z.string(), type: z.string() })),
  'query-hotpluggable-cpus': z.array(
    z.looseObject({
      type: z.string(),
      'vcpus-count': z.number().int().positive(),
      props: z.record(z.string(), z.number()),
      'qom-path': z.string().optional(),
    }),
  ),
} as const;
