//! Chance that is the same on every machine: a small PCG generator and the draws built on it.
//!
//! Never seeded from the clock or the system. Every part of the sample draws from a stream of its own, so a
//! change to one file does not stir the others.

/// One number for the whole sample: another one makes another county.
const SEED: u64 = 0x5EED_0000_2026_1120;

/// PCG-XSH-RR with 64 bits of state and 32 of output (O'Neill, 2014).
#[derive(Debug)]
pub(super) struct Draw {
    state: u64,
    increment: u64,
}

impl Draw {
    pub(super) fn new(stream: u64) -> Self {
        let mut draw = Self { state: 0, increment: stream << 1 | 1 };
        draw.next();
        draw.state = draw.state.wrapping_add(SEED);
        draw.next();
        draw
    }

    fn next(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(self.increment);
        let shifted = ((old >> 18 ^ old) >> 27) as u32;
        shifted.rotate_right((old >> 59) as u32)
    }

    /// 0 to `bound` - 1, each as likely as the others.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "nothing to draw from");
        // What is under the threshold would make the small numbers a little likelier.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let number = self.next();
            if number >= threshold {
                return number % bound;
            }
        }
    }

    /// Both ends included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u32) as usize]
    }

    /// One of `from`, each as often as its weight says.
    pub(super) fn weighted<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
        let total = from.iter().map(&weight).sum();
        let mut left = self.below(total);
        for item in from {
            match left.checked_sub(weight(item)) {
                Some(rest) => left = rest,
                None => return item,
            }
        }
        unreachable!("the weights add up to the total")
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end as u32 + 1) as usize);
        }
    }

    /// A text with its choices made: `搬[沙子|水泥]上楼` becomes `搬沙子上楼` or `搬水泥上楼`. A choice that begins
    /// with `=` is not drawn, `variant` decides it; so title and content speak of the same thing. Choices do
    /// not nest.
    pub(super) fn text(&mut self, pattern: &str, variant: usize) -> String {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('[') {
            let (choices, after) = after.split_once(']').expect("a test closes every bracket of the tables");
            text.push_str(before);
            if let Some(choices) = choices.strip_prefix('=') {
                let choices: Vec<&str> = choices.split('|').collect();
                text.push_str(choices[variant % choices.len()]);
            } else {
                let choices: Vec<&str> = choices.split('|').collect();
                let choice = self.below(choices.len() as u32) as usize;
                text.push_str(choices[choice]);
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stream_gives_the_same_numbers_on_every_machine() {
        let mut draw = Draw { state: 0, increment: 54 << 1 | 1 };
        draw.next();
        draw.state = draw.state.wrapping_add(42);
        draw.next();
        // The numbers that the generator's author publishes for state 42, stream 54.
        let published = [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330, 0x83d2_f293, 0xbfa4_784b, 0xcbed_606e];
        assert_eq!(published.map(|_| draw.next()), published);
        assert_ne!(Draw::new(1).next(), Draw::new(2).next());
    }

    #[test]
    fn draws_stay_in_bounds_and_reach_both_ends() {
        let mut draw = Draw::new(9);
        let numbers: Vec<u32> = (0..500).map(|_| draw.between(3, 7)).collect();
        assert_eq!((numbers.iter().min(), numbers.iter().max()), (Some(&3), Some(&7)));
        assert!(
            (0..200).all(|_| *draw.weighted(&[("never", 0), ("always", 5)], |item| item.1) == ("always", 5))
        );
        let mut items = [1, 2, 3, 4, 5];
        draw.shuffle(&mut items);
        items.sort_unstable();
        assert_eq!(items, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn choices_in_a_text_are_made() {
        let mut draw = Draw::new(9);
        for _ in 0..20 {
            let text = draw.text("搬[沙子|水泥]到[2|3|4] 楼，走[=楼梯|电梯]", 3);
            assert!(text.starts_with("搬沙子到") || text.starts_with("搬水泥到"), "{text}");
            assert!(text.ends_with(" 楼，走电梯") && !text.contains(['[', '|', ']']), "{text}");
        }
        assert_eq!(draw.text("没有选择", 0), "没有选择");
    }
}
