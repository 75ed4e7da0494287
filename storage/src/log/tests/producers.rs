//! Dedupe, fencing and transactions of producers.

use crate::BatchHeader;
use crate::log::AppendError;
use crate::log::producer_state::TxnMarker;
use crate::log::producers::{Producers, Verdict};

fn header(epoch: i16, base_sequence: i32, count: i32) -> BatchHeader {
    BatchHeader {
        base_offset: 0,
        batch_length: 100,
        partition_leader_epoch: 0,
        magic: 2,
        crc: 0,
        attributes: 0,
        last_offset_delta: count - 1,
        base_timestamp: 1,
        max_timestamp: 1,
        producer_id: 9,
        producer_epoch: epoch,
        base_sequence,
        record_count: count,
    }
}

fn append(producers: &mut Producers, mut header: BatchHeader, at: i64) -> Result<Verdict, AppendError> {
    let verdict = producers.check(&header)?;
    if verdict == Verdict::New {
        header.base_offset = at;
        producers.note(&header, None);
    }
    Ok(verdict)
}

#[test]
fn duplicates_within_the_window_answer_their_offsets() {
    let mut producers = Producers::default();
    for i in 0..7 {
        assert_eq!(
            append(&mut producers, header(0, i * 2, 2), i64::from(i) * 2).unwrap(),
            Verdict::New
        );
    }
    for i in 2..7 {
        match producers.check(&header(0, i * 2, 2)).unwrap() {
            Verdict::Duplicate(batch) => assert_eq!(batch.first_offset(), i64::from(i) * 2),
            Verdict::New => panic!("not seen as duplicate"),
        }
    }
    // Out of the window, and a different cut of known records: neither is a duplicate.
    for (sequence, count) in [(2, 2), (4, 1), (5, 2)] {
        let error = producers.check(&header(0, sequence, count)).unwrap_err();
        assert!(matches!(error, AppendError::OutOfOrderSequence { .. }));
    }
}

#[test]
fn epochs_fence_and_start_at_zero() {
    let mut producers = Producers::default();
    // Unknown producers may start anywhere.
    append(&mut producers, header(3, 17, 1), 0).unwrap();
    assert!(matches!(
        producers.check(&header(2, 18, 1)),
        Err(AppendError::InvalidProducerEpoch { current: 3, .. })
    ));
    assert!(matches!(
        producers.check(&header(4, 18, 1)),
        Err(AppendError::OutOfOrderSequence { .. })
    ));
    assert_eq!(append(&mut producers, header(4, 0, 1), 1).unwrap(), Verdict::New);
    assert_eq!(append(&mut producers, header(4, 1, 1), 2).unwrap(), Verdict::New);
}

#[test]
fn sequences_wrap() {
    let mut producers = Producers::default();
    append(&mut producers, header(0, i32::MAX - 1, 3), 0).unwrap();
    assert_eq!(producers.iter().next().unwrap().last_sequence(), 0);
    assert!(matches!(
        producers.check(&header(0, i32::MAX - 1, 3)),
        Ok(Verdict::Duplicate(_))
    ));
    assert_eq!(append(&mut producers, header(0, 1, 1), 3).unwrap(), Verdict::New);
    let mut producers = Producers::default();
    append(&mut producers, header(0, i32::MAX, 1), 0).unwrap();
    assert_eq!(append(&mut producers, header(0, 0, 1), 1).unwrap(), Verdict::New);
}

#[test]
fn expiry_spares_open_transactions() {
    let mut producers = Producers::default();
    append(&mut producers, header(0, 0, 1), 0).unwrap();
    let mut txn = header(0, 0, 1);
    txn.producer_id = 10;
    txn.attributes = 1 << 4;
    append(&mut producers, txn, 1).unwrap();
    producers.expire(1_000, 500);
    let left: Vec<_> = producers.iter().map(|s| s.producer_id).collect();
    assert_eq!(left, [10]);
    assert_eq!(producers.first_unstable_offset(), Some(1));
    let mut end = txn;
    end.attributes = 0b11_0000;
    end.base_offset = 2;
    producers.note(
        &end,
        TxnMarker::read(Some(&[0, 0, 0, 1]), Some(&[0, 0, 0, 0, 0, 7])),
    );
    assert_eq!(producers.first_unstable_offset(), None);
    assert_eq!(
        producers.unstable_from(2),
        Some(1),
        "its marker is not visible yet"
    );
    assert_eq!(producers.unstable_from(3), None);
    assert_eq!(producers.iter().next().unwrap().coordinator_epoch, 7);
}

/// A transactional batch of producer 9.
fn in_transaction(epoch: i16, base_sequence: i32) -> BatchHeader {
    BatchHeader {
        attributes: 1 << 4,
        ..header(epoch, base_sequence, 1)
    }
}

#[test]
fn markers_of_older_transactions_and_coordinators_are_refused() {
    let mut producers = Producers::default();
    assert!(
        producers.check_marker(9, 0, 0, true).is_ok(),
        "nothing is known of it"
    );
    append(&mut producers, in_transaction(3, 0), 0).unwrap();
    let refused = |epoch, raised| {
        matches!(
            producers.check_marker(9, epoch, 5, raised),
            Err(AppendError::InvalidProducerEpoch { current: 3, .. })
        )
    };
    assert!(refused(2, false) && refused(2, true));
    assert!(
        refused(3, true),
        "the marker of a transaction carries a newer epoch"
    );
    assert!(!refused(3, false) && !refused(4, true));
    let mut end = in_transaction(4, -1);
    end.attributes = 0b11_0000;
    end.base_offset = 1;
    producers.note(
        &end,
        TxnMarker::read(Some(&[0, 0, 0, 1]), Some(&[0, 0, 0, 0, 0, 7])),
    );
    assert!(producers.check_marker(9, 4, 7, true).is_ok(), "a repetition");
    assert!(matches!(
        producers.check_marker(9, 4, 6, true),
        Err(AppendError::TransactionCoordinatorFenced { current: 7, .. })
    ));
    assert!(matches!(
        producers.check(&in_transaction(3, 1)),
        Err(AppendError::InvalidProducerEpoch { current: 4, .. })
    ));
    append(&mut producers, in_transaction(4, 0), 2).unwrap();
}

#[test]
fn a_transaction_of_the_last_epoch_can_be_ended() {
    let mut producers = Producers::default();
    append(&mut producers, in_transaction(i16::MAX, 0), 0).unwrap();
    assert!(producers.check_marker(9, i16::MAX, 5, true).is_ok());
    assert!(producers.check_marker(9, i16::MAX - 1, 5, true).is_err());
}

#[test]
fn a_producer_in_a_transaction_writes_nothing_else() {
    let mut producers = Producers::default();
    append(&mut producers, in_transaction(0, 0), 0).unwrap();
    assert!(matches!(
        producers.check(&header(0, 1, 1)),
        Err(AppendError::InvalidTxnState { producer_id: 9 })
    ));
    let mut of_coordinator = in_transaction(0, -1);
    assert_eq!(producers.check(&of_coordinator).unwrap(), Verdict::New);
    of_coordinator.producer_epoch = -1;
    assert!(producers.check(&of_coordinator).is_err(), "fenced");
}
