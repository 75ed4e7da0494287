//! What the hand-written messages say, field by field, and that they copy nothing.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

mod common;

use bytes::Bytes;
use common::{CORRELATION_ID, Vector, flatten, vectors_of};
use protocol_shim::*;

/// Numbers of the vectors: the filler counts fields from 1 and adds the count to these.
const I32: i32 = 1000;
const I64: i64 = 1 << 40;

fn vector(key: ApiKey, is_request: bool, version: i16) -> Vector {
    vectors_of(key)
        .into_iter()
        .find(|v| v.is_request == is_request && v.version == version && v.is_full)
        .unwrap()
}

fn request(key: ApiKey, version: i16) -> (Bytes, Request) {
    let frame = vector(key, true, version).frame();
    (frame.clone(), decode_request(frame).unwrap().1)
}

fn response(key: ApiKey, version: i16) -> Response {
    decode_response(key, version, vector(key, false, version).frame())
        .unwrap()
        .1
}

/// The UUID of the vectors for the field with this number.
fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x0102_0304_0506_0708_1112_1314_1516_1718 + (n << 64) + n)
}

fn is_slice(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}

#[test]
fn produce_requests_are_slices_of_the_frame() {
    for version in 3..=13 {
        let (frame, request) = request(ApiKey::Produce, version);
        let Request::Produce(request) = request else {
            panic!("{request:?}")
        };
        assert_eq!(request.transactional_id.as_deref(), Some("transactionalId1"));
        assert_eq!((request.acks, request.timeout_ms), (3, I32 + 3));
        assert_eq!(request.topics.len(), 2);
        let topic = &request.topics[0];
        if version >= 13 {
            assert_eq!((topic.topic_id, &*topic.name), (uuid(6), ""));
        } else {
            assert_eq!((topic.topic_id, &*topic.name), (uuid::Uuid::nil(), "name6"));
            assert!(is_slice(topic.name.as_bytes(), &frame));
        }
        let partition = &topic.partitions[0];
        assert_eq!(partition.index, I32 + 9);
        let records = partition.records.as_ref().unwrap();
        assert_eq!(records[..], (10..30).collect::<Vec<u8>>());
        assert!(is_slice(records, &frame));
    }
}

#[test]
fn produce_responses_say_what_they_should() {
    for version in 3..=13 {
        let Response::Produce(response) = response(ApiKey::Produce, version) else {
            panic!()
        };
        let partition = &response.topics[0].partitions[0];
        assert_eq!((partition.index, partition.error_code), (I32 + 6, 8));
        assert_eq!(
            (partition.base_offset, partition.log_append_time_ms),
            (I64 + 8, I64 + 9)
        );
        assert_eq!(
            partition.log_start_offset,
            if version >= 5 { I64 + 10 } else { -1 }
        );
        assert_eq!(partition.record_errors.is_empty(), version < 8);
        assert_eq!(partition.error_message.is_some(), version >= 8);
        assert_eq!(
            partition.current_leader == LeaderIdAndEpoch::default(),
            version < 10
        );
        assert_eq!(response.node_endpoints.len(), if version >= 10 { 2 } else { 0 });
    }
    let Response::Produce(response) = response(ApiKey::Produce, 13) else {
        panic!()
    };
    assert_eq!(response.topics[0].topic_id, uuid(3));
    let partition = &response.topics[0].partitions[0];
    assert_eq!(partition.record_errors[0].batch_index, I32 + 13);
    assert_eq!(
        partition.record_errors[0].message.as_deref(),
        Some("batchIndexErrorMessage14é")
    );
    assert_eq!(partition.error_message.as_deref(), Some("errorMessage15"));
    let leader = LeaderIdAndEpoch {
        leader_id: I32 + 17,
        leader_epoch: I32 + 18,
    };
    assert_eq!(partition.current_leader, leader);
    let endpoint = &response.node_endpoints[1];
    assert!(endpoint.host.starts_with("host") && endpoint.rack.as_ref().unwrap().starts_with("rack"));
    assert_eq!(endpoint.port, endpoint.node_id + 2);
}

#[test]
fn fetch_responses_say_what_they_should() {
    let Response::Fetch(response) = response(ApiKey::Fetch, 16) else {
        panic!()
    };
    assert_eq!(
        (
            response.throttle_time_ms,
            response.error_code,
            response.session_id
        ),
        (I32 + 1, 3, I32 + 3)
    );
    let topic = &response.topics[0];
    assert_eq!(topic.topic_id, uuid(6));
    let partition = &topic.partitions[0];
    assert_eq!((partition.index, partition.error_code), (I32 + 9, 11));
    assert_eq!(
        (partition.high_watermark, partition.last_stable_offset),
        (I64 + 11, I64 + 12)
    );
    assert_eq!(partition.log_start_offset, I64 + 13);
    assert_eq!(
        partition.diverging_epoch,
        EpochEndOffset {
            epoch: I32 + 15,
            end_offset: I64 + 16
        }
    );
    let leader = LeaderIdAndEpoch {
        leader_id: I32 + 18,
        leader_epoch: I32 + 19,
    };
    assert_eq!(partition.current_leader, leader);
    assert_eq!(
        partition.snapshot_id,
        EpochEndOffset {
            epoch: I32 + 22,
            end_offset: I64 + 21
        }
    );
    let aborted = AbortedTransaction {
        producer_id: I64 + 25,
        first_offset: I64 + 26,
    };
    assert_eq!(partition.aborted_transactions.as_deref(), Some(&[aborted][..]));
    assert_eq!(partition.preferred_read_replica, I32 + 27);
    assert_eq!(partition.records, [Bytes::from((28..48).collect::<Vec<u8>>())]);
    assert_eq!(response.node_endpoints.len(), 2);
}

#[test]
fn fetch_records_are_laid_between_the_encoded_parts() {
    let chunks = [
        Bytes::from(vec![1; 10]),
        Bytes::from(vec![2; 20]),
        Bytes::new(),
        Bytes::from(vec![3; 30]),
    ];
    let partition = |index, records: &[Bytes]| FetchPartitionResponse {
        index,
        records: records.to_vec(),
        ..FetchPartitionResponse::default()
    };
    let partitions = vec![
        partition(0, &chunks[..2]),
        partition(1, &[]),
        partition(2, &chunks[2..3]),
        partition(3, &chunks[3..]),
    ];
    for version in 4..=18 {
        let topic = FetchTopicResponse {
            name: "t".into(),
            partitions: partitions.clone(),
            ..Default::default()
        };
        let response = FetchResponse {
            topics: vec![topic],
            ..FetchResponse::default()
        };
        let reply = encode_response(7, version, Response::Fetch(response)).unwrap();
        let records: Vec<_> = reply
            .pieces
            .iter()
            .filter_map(|piece| {
                if let Piece::Records(bytes) = piece {
                    Some(bytes.as_ptr())
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(
            records,
            [chunks[0].as_ptr(), chunks[1].as_ptr(), chunks[3].as_ptr()],
            "no copies"
        );
        let Response::Fetch(again) = decode_response(ApiKey::Fetch, version, flatten(&reply))
            .unwrap()
            .1
        else {
            panic!()
        };
        let lens: Vec<usize> = again.topics[0]
            .partitions
            .iter()
            .map(|partition| partition.records.iter().map(Bytes::len).sum())
            .collect();
        assert_eq!(lens, [30, 0, 0, 30]);
    }
}

#[test]
fn a_fetch_response_costs_a_handful_of_allocations() {
    let partition = |index| FetchPartitionResponse {
        index,
        aborted_transactions: Some(vec![AbortedTransaction::default(); 3]),
        records: vec![Bytes::from_static(&[1; 100])],
        ..FetchPartitionResponse::default()
    };
    for version in 4..=18 {
        let topic = FetchTopicResponse {
            name: "a-topic-with-a-name".into(),
            partitions: (0..200).map(partition).collect(),
            ..FetchTopicResponse::default()
        };
        let response = FetchResponse {
            topics: vec![topic],
            ..FetchResponse::default()
        };
        let mut reply = None;
        let used = allocation_counter::measure(|| {
            reply = Some(encode_response(7, version, Response::Fetch(response)));
        });
        assert!(reply.unwrap().is_ok());
        // The buffer, what shares it, the list of cuts and the list of pieces.
        assert!(used.count_total <= 4, "v{version}: {used:?}");
    }
}

#[test]
fn an_empty_partition_has_records_of_length_zero() {
    let topic = FetchTopicResponse::<Bytes> {
        partitions: vec![Default::default()],
        ..Default::default()
    };
    let response = FetchResponse {
        topics: vec![topic],
        ..Default::default()
    };
    let old = flatten(&encode_response(0, 11, Response::Fetch(response.clone())).unwrap());
    assert_eq!(old[old.len() - 4..], [0, 0, 0, 0], "librdkafka refuses -1");
    let new = flatten(&encode_response(0, 12, Response::Fetch(response)).unwrap());
    assert_eq!(
        new[new.len() - 4..],
        [1, 0, 0, 0],
        "length 0, then three empty lists of tags"
    );
}

#[test]
fn commits_have_names_or_ids() {
    for version in 2..=10 {
        let (frame, request) = request(ApiKey::OffsetCommit, version);
        let Request::OffsetCommit(request) = request else {
            panic!("{request:?}")
        };
        assert_eq!(
            (&*request.group_id, request.generation_id_or_member_epoch),
            ("groupId1", I32 + 2)
        );
        assert_eq!(&*request.member_id, "memberId3");
        assert!(is_slice(request.member_id.as_bytes(), &frame));
        assert_eq!(request.group_instance_id.is_some(), version >= 7);
        assert_eq!(request.retention_time_ms > 0, version <= 4);
        let topic = &request.topics[0];
        assert_eq!(
            (topic.name.is_empty(), topic.topic_id.is_nil()),
            (version >= 10, version < 10)
        );
        let partition = &topic.partitions[0];
        assert!(partition.committed_offset > I64 && partition.partition_index > I32);
        assert_eq!(partition.committed_leader_epoch == -1, version < 6);
        assert!(
            partition
                .committed_metadata
                .as_ref()
                .unwrap()
                .starts_with("committedMetadata")
        );
    }
}

#[test]
fn offset_fetches_of_all_versions_have_one_shape() {
    for version in 1..=10 {
        let (_, request) = request(ApiKey::OffsetFetch, version);
        let Request::OffsetFetch(request) = request else {
            panic!("{request:?}")
        };
        assert_eq!(request.groups.len(), if version >= 8 { 2 } else { 1 });
        assert_eq!(request.require_stable, version >= 7);
        let group = &request.groups[0];
        assert!(group.group_id.starts_with("groupId"));
        assert_eq!(
            (group.member_id.is_some(), group.member_epoch > 0),
            (version >= 9, version >= 9)
        );
        let topic = &group.topics.as_ref().unwrap()[0];
        assert_eq!(
            (topic.name.is_empty(), topic.topic_id.is_nil()),
            (version >= 10, version < 10)
        );
        assert!(topic.partition_indexes.iter().all(|index| *index > I32));

        let answer = group.answer_error(16, version);
        assert_eq!((answer.error_code, answer.topics.is_empty()), (16, version >= 2));
        if version == 1 {
            let partition = &answer.topics[0].partitions[0];
            assert_eq!((partition.committed_offset, partition.error_code), (-1, 16));
        }
        let response = OffsetFetchResponse {
            throttle_time_ms: 0,
            groups: vec![answer],
        };
        encode_response::<Bytes>(CORRELATION_ID, version, response.into()).unwrap();
    }
}

#[test]
fn all_topics_of_a_group_can_be_asked_for_since_v2() {
    let all = OffsetFetchGroup {
        group_id: "g".into(),
        topics: None,
        ..Default::default()
    };
    for version in 1..=10 {
        let header = RequestHeader {
            api_key: ApiKey::OffsetFetch,
            api_version: version,
            correlation_id: 1,
            client_id: None,
        };
        let request = OffsetFetchRequest {
            groups: vec![all.clone()],
            require_stable: false,
        };
        let frame = encode_request(&header, &Request::OffsetFetch(request.clone()))
            .unwrap()
            .slice(4..);
        match decode_request(frame) {
            Ok((_, again)) => assert_eq!(again, Request::OffsetFetch(request)),
            Err(error) => assert_eq!((version, error.to_string().contains("null")), (1, true)),
        }
    }
}

#[test]
fn list_offsets_v11_has_the_layout_of_v10() {
    let bodies = [10, 11].map(|version| vector(ApiKey::ListOffsets, true, version).body);
    assert_eq!(bodies[0], bodies[1]);
}
