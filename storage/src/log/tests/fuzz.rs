//! The fuzz entries over seeds and mutations of them.

use proptest::prelude::*;

use crate::folder::{MetaProperties, fuzz_checkpoint, fuzz_meta_properties};
use crate::log::{fuzz_epochs, fuzz_index, fuzz_producer_snapshot};

fn seeds() -> Vec<Vec<u8>> {
    let meta = MetaProperties {
        cluster_id: "c".into(),
        node_id: 3,
        directory_id: None,
    };
    let mut snapshot = super::super::producers::Producers::default();
    snapshot.insert(super::super::producer_state::ProducerState::new(7, 1));
    vec![
        Vec::new(),
        meta.to_text().into_bytes(),
        b"0\n2\nevents 0 17\nother 1 0\n".to_vec(),
        b"0\n2\n0 0\n3 170\n".to_vec(),
        super::super::producer_snapshot::encode(&snapshot),
        (0..96).collect(),
        vec![0; 64],
        vec![0xff; 61],
    ]
}

fn all(bytes: &[u8]) {
    fuzz_meta_properties(bytes);
    fuzz_checkpoint(bytes);
    fuzz_epochs(bytes);
    fuzz_producer_snapshot(bytes);
    fuzz_index(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parsers_take_anything(
        seed in 0..8usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        tail in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = seeds()[seed].clone();
        for (at, value) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        all(&bytes);
        bytes.truncate(cut.index(bytes.len() + 1));
        bytes.extend(tail);
        all(&bytes);
    }
}
