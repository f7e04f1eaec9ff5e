import assert from "node:assert/strict";
import { test } from "node:test";
import { addressGroup } from "../../../server/access/address_group.ts";

test("addressGroup() is the /64 of an IPv6 address, in one spelling", () => {
  const expected = "2001:db8:0:7::/64";
  for (const address of ["2001:db8:0:7::1", "2001:0DB8:0:7:ffff:1:2:3", "2001:db8::7:0:0:0:9"]) {
    assert.equal(addressGroup(address), expected);
  }
  assert.equal(addressGroup("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(addressGroup("::1"), "0:0:0:0::/64");
  assert.equal(addressGroup("1::"), "1:0:0:0::/64");
});

test("addressGroup() leaves IPv4 and what is no address as it is", () => {
  assert.equal(addressGroup("192.0.2.1"), "192.0.2.1");
  assert.equal(addressGroup("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(addressGroup("::ffff:0.0.0.5"), "0.0.0.5");
  assert.equal(addressGroup("local"), "local");
});
