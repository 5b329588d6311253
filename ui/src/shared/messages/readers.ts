/** What the desk says of scanners and readers of ID cards. What is wrong with one comes with its own sentence. */
import type { Device } from "../../backend/generated/Device";
import type { DeviceState } from "../../backend/generated/DeviceState";
import type { Seat } from "../../backend/generated/Seat";

const device: Record<Device, string> = { scanner: "扫码枪", card_reader: "读卡器" };
const seat: Record<Seat, string> = { kiosk: "自助机", desk: "" };
const state: Record<DeviceState, string> = { ready: "正常", occupied: "上面有证", trouble: "用不了" };

export const readers = {
  told: (where: Seat, what: Device, how: DeviceState) => `${seat[where]}${device[what]}${state[how]}`,
  dialogOpen: "请先答完或关掉这个窗口，再把身份证拿开、重新放一次。",
  elsewhere: "这一页用不上身份证。找人请先到“派工”（F1），登记请先到“登记”（F2），再重新放一次。",
  otherInForm: "表里已经有另一个人的身份证号。请先登记完或清空号码，再把证拿开、重新放一次。",
  filled: "已按身份证填好，请核对，再填电话和工种",
  says: "证上还写着",
  sex: (text: string) => text,
  nation: (text: string) => (text.endsWith("族") ? text : `${text}族`),
  born: (day: string) => `${day} 出生`,
  until: (day: string) => `有效期到 ${day}`,
  expired: (day: string) => `这张证 ${day} 就过期了，请提醒本人换证`,
};
