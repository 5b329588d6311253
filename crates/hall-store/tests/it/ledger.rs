//! The store as the exchange reads it, against a model in memory.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::OpId;
use hall_core::fact::{Fact, Holder, Scope, WorkerErased};
use hall_log::seal::STRIDE;
use hall_log::{Head, Ledger, Op, Seal};
use hall_store::{Draft, Received, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{MORNING, Site, all_ops, assert_verified, hall_named, market, seal_on, without_payload};

/// What happens to a store that takes part in exchanges.
#[derive(Clone, Debug)]
enum Step {
    /// Ops of a series from a number on, some without their payload.
    Ops {
        second: bool,
        from: usize,
        count: usize,
        bare: u8,
    },
    /// The payloads of every so-many-th op.
    Payloads {
        second: bool,
        every: usize,
    },
    Seal {
        second: bool,
        seq: usize,
        later: i64,
    },
    Reopen,
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<bool>(), 0_usize..50, 1_usize..40, any::<u8>())
            .prop_map(|(second, from, count, bare)| Step::Ops { second, from, count, bare }),
        2 => (any::<bool>(), 1_usize..4).prop_map(|(second, every)| Step::Payloads { second, every }),
        3 => (any::<bool>(), 1_usize..60, 0_i64..5).prop_map(|(second, seq, later)| Step::Seal { second, seq, later }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Rebuild),
    ]
}

/// What a ledger holds, in memory.
#[derive(Default)]
struct Model {
    series: BTreeMap<Holder, Vec<Op>>,
    /// Every seal that ever came.
    seals: BTreeMap<(Holder, u64), Seal>,
}

impl Model {
    fn take(&mut self, ops: &[Op]) {
        for op in ops {
            let held = self.series.entry(op.envelope.id.holder()).or_default();
            let at = op.envelope.id.seq as usize - 1;
            if at == held.len() {
                held.push(op.clone());
            } else if let Some(known) = held.get_mut(at).filter(|known| known.payload.is_none()) {
                known.payload.clone_from(&op.payload);
            }
        }
        self.series.retain(|_, ops| !ops.is_empty());
    }

    fn complete(&mut self, id: OpId, payload: &[u8]) {
        let held = self.series.get_mut(&id.holder());
        if let Some(op) = held.and_then(|held| held.get_mut(id.seq as usize - 1)) {
            op.payload = Some(payload.to_vec());
        }
    }

    fn seal(&mut self, seal: Seal) {
        if self.series.get(&seal.series).is_some_and(|ops| ops.len() as u64 >= seal.seq) {
            let held = self.seals.entry((seal.series, seal.seq)).or_insert(seal);
            if held.at < seal.at {
                *held = seal;
            }
        }
    }

    fn erased(&self) -> BTreeSet<OpId> {
        let facts =
            self.series.values().flatten().filter_map(|op| {
                Fact::decode(op.envelope.kind, op.envelope.schema, op.payload.as_ref()?).ok()
            });
        let erased = |fact| if let Fact::WorkerErased(erased) = fact { Some(erased.worker) } else { None };
        facts.filter_map(erased).collect()
    }

    /// The ops as a ledger shows them.
    fn shown(&self) -> BTreeMap<Holder, Vec<Op>> {
        let erased = self.erased();
        let mut shown = self.series.clone();
        for op in shown.values_mut().flatten().filter(|op| erased.contains(&op.envelope.entity)) {
            op.payload = None;
        }
        shown
    }

    fn missing(&self) -> Vec<OpId> {
        let erased = self.erased();
        let missing = self.series.values().flatten().filter(|op| op.payload.is_none());
        let mut missing: Vec<(Scope, OpId)> = missing
            .filter(|op| !erased.contains(&op.envelope.entity))
            .map(|op| (op.envelope.scope, op.envelope.id))
            .collect();
        missing.sort();
        missing.into_iter().map(|(_, id)| id).collect()
    }

    fn kept_seals(&self, series: Holder) -> Vec<Seal> {
        let seals: Vec<Seal> = self.seals.values().filter(|seal| seal.series == series).copied().collect();
        let last = seals.last().map(|seal| seal.seq);
        seals.into_iter().filter(|seal| seal.seq.is_multiple_of(STRIDE) || Some(seal.seq) == last).collect()
    }
}

fn assert_same(store: &Store, model: &Model) {
    let shown = model.shown();
    let heads: Vec<(Holder, Head)> = Ledger::heads(store).unwrap();
    assert_eq!(
        heads.iter().map(|(series, _)| *series).collect::<Vec<_>>(),
        shown.keys().copied().collect::<Vec<_>>()
    );
    for (series, head) in heads {
        let ops = &shown[&series];
        assert_eq!((head.seq, head.chain), (ops.len() as u64, ops[ops.len() - 1].chain));
        assert_eq!(Ledger::head(store, series).unwrap(), head);
        for (after, limit) in [(0, 1000), (3, 7), (head.seq - 1, 5), (head.seq, 5)] {
            let expected: Vec<Op> = ops.iter().skip(after as usize).take(limit).cloned().collect();
            assert_eq!(Ledger::ops_after(store, series, after, limit).unwrap(), expected);
        }
        for seq in [1, head.seq / 2, head.seq] {
            let op = ops.get((seq as usize).wrapping_sub(1)).cloned();
            assert_eq!(store.chain_at(series, seq).unwrap(), op.as_ref().map(|op| op.chain));
            assert_eq!(Ledger::op(store, OpId::new(series.device, series.epoch, seq)).unwrap(), op);
        }
        assert_eq!(store.chain_at(series, head.seq + 1).unwrap(), None);
        assert_eq!(store.seals(series, 0, head.seq).unwrap(), model.kept_seals(series));
    }
    let missing = model.missing();
    assert_eq!(store.missing(1000).unwrap(), missing);
    assert_eq!(store.missing(3).unwrap(), missing.into_iter().take(3).collect::<Vec<_>>());
}

/// A day of a device, and of one that erases some of its workers.
fn two_series() -> [Vec<Op>; 2] {
    let (first, second) = (Site::of_device(1), Site::of_device(2));
    let (first, second) = (first.open(), second.open());
    let workers = market(&first, 30);
    second.commit(MORNING, vec![Draft::new(None, hall_named("东站"))]).unwrap();
    for (n, worker) in workers.into_iter().enumerate() {
        let reason = "本人要求删除".to_owned();
        let fact = if n % 4 == 0 {
            Fact::WorkerErased(WorkerErased { worker, reason })
        } else {
            hall_named(&format!("东站 {n}"))
        };
        second.commit(MORNING, vec![Draft::about(OpId::new(2, 1, 1), None, fact)]).unwrap();
    }
    [all_ops(&first, 1), all_ops(&second, 2)]
}

#[test]
fn a_store_is_the_ledger_that_a_model_in_memory_is() {
    let series = two_series();
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let steps = proptest::collection::vec(step(), 1..20);
    let play = |steps: Vec<Step>| {
        let site = Site::of_device(9);
        let (mut store, mut model) = (site.open(), Model::default());
        for step in steps {
            match step {
                Step::Ops { second, from, count, bare } => {
                    let of = &series[usize::from(second)];
                    let some = of.iter().skip(from).take(count).enumerate().map(|(n, op)| {
                        if (bare >> (n % 8)) & 1 == 1 { without_payload(op) } else { op.clone() }
                    });
                    let some: Vec<Op> = some.collect();
                    model.take(&some);
                    store.receive(MORNING, Received { ops: some, ..Received::default() }).unwrap();
                }
                Step::Payloads { second, every } => {
                    let of = series[usize::from(second)].iter().step_by(every);
                    let some: Vec<_> = of.map(|op| (op.envelope.id, op.payload.clone().unwrap())).collect();
                    for (id, payload) in &some {
                        model.complete(*id, payload);
                    }
                    store.receive(MORNING, Received { payloads: some, ..Received::default() }).unwrap();
                }
                Step::Seal { second, seq, later } => {
                    let of = &series[usize::from(second)];
                    let seal = seal_on(&of[seq.min(of.len()) - 1], later * 1_000);
                    model.seal(seal);
                    store.receive(MORNING, Received { seals: vec![seal], ..Received::default() }).unwrap();
                }
                Step::Reopen => {
                    drop(store);
                    store = site.open();
                }
                Step::Rebuild => {
                    drop(store);
                    store = site.rebuilt();
                }
            }
            assert_same(&store, &model);
        }
        assert_verified(&store);
        Ok(())
    };
    runner.run(&steps, play).unwrap();
}
