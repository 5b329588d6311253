/** A post's facts in reading order: where and when first, then what, then the rest that is known. */
import type { PostCard } from "../../../backend/generated/PostCard";
import type { PostDetail } from "../../../backend/generated/PostDetail";
import { dateName, dayName, hours, hoursOf, lasting, weekday } from "../../../shared/format";
import { common, meals } from "../../../shared/messages/common";
import { kiosk } from "../../../shared/messages/kiosk";
import type { Fact } from "./fact";

/** 今天 09:30 – 17:30 */
export function whenText(card: PostCard, today: string): string {
  return `${dayName(card.first_day, today)} ${hours(card)}`;
}

function daysFact(card: PostCard): Fact[] {
  const days = lasting(card);
  if (days <= 1) {
    return [];
  }
  const range = kiosk.post.range(dateName(card.first_day), dateName(card.last_day));
  return [{ name: kiosk.post.days, value: `${range}${common.dot}${kiosk.card.lasting(days)}` }];
}

const known = (name: string, value: string | null): Fact[] =>
  value === null || value.trim() === "" ? [] : [{ name, value }];

export function mainFacts(card: PostCard, today: string): Fact[] {
  return [
    { name: kiosk.post.when, value: whenText(card, today), strong: true, testid: "post-when" },
    ...daysFact(card),
    { name: kiosk.post.where, value: card.address, strong: true, testid: "post-where" },
  ];
}

export function allFacts(detail: PostDetail, today: string): Fact[] {
  const { card } = detail;
  const { post } = kiosk;
  const date = `${dateName(card.first_day)} ${weekday(card.first_day)}`;
  return [
    ...mainFacts(card, today),
    { name: post.what, value: detail.content, testid: "post-content" },
    ...known(post.need, detail.requirements),
    ...known(post.certificate, card.certificate === null ? null : kiosk.card.certificate(card.certificate)),
    ...known(post.bring, card.bring),
    { name: post.meals, value: meals[card.meals] },
    { name: post.transport, value: card.transport ? post.transportYes : post.transportNo },
    { name: post.hours, value: `${post.hoursADay(hoursOf(detail.work_minutes))}${common.dot}${date}` },
    ...known(post.insurance, detail.insurance),
    ...known(post.protection, detail.protection),
    { name: post.employer, value: detail.employer },
    ...known(post.contact, detail.contact),
  ];
}
