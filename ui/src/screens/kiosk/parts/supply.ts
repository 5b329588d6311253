/**
 * Where a post's free places are, as far as this machine knows. How many lie elsewhere is never told as a number of
 * places left: another machine may have given them since.
 */
import type { PostCard } from "../../../backend/generated/PostCard";

export type Supply = "here" | "elsewhere" | "full";

export function supplyOf(card: PostCard): Supply {
  if (card.left > 0) {
    return "here";
  }
  return card.elsewhere > 0 ? "elsewhere" : "full";
}
