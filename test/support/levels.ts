import { createMemoryLocker } from "../../core/adapters/memory_locker.ts";
import {
  type ChangedRequirements,
  changeLevelRequirements,
  type ChangeOptions,
} from "../../core/change_requirements.ts";
import { parseLevel } from "../../core/format/level.ts";
import type { ClientKind } from "../../core/format/model.ts";
import { createMemoryPorts } from "./memory_ports.ts";

/** Every port in memory with its locker, and `/root/images/debian/12`. */
export function createLevelPorts() {
  const ports = { ...createMemoryPorts(), locker: createMemoryLocker() };
  ports.tree.put("/root/images/debian/12/readme", "");
  return ports;
}

export type LevelPorts = ReturnType<typeof createLevelPorts>;

/** Changes the requirements of a level, `debian` unless the options say otherwise. */
export function changeRequirements(
  ports: LevelPorts,
  change: ChangeOptions["change"],
  options: Partial<ChangeOptions> = {},
): Promise<ChangedRequirements> {
  return changeLevelRequirements(ports, "/root", {
    ...choice("debian"),
    waitMs: 0,
    change,
    ...options,
  });
}

/** A level by its names, joined by "/". */
export function choice(names: string, client: ClientKind = "incus") {
  return { level: parseLevel(names.split("/")), client };
}
