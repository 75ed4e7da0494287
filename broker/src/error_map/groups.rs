//! Errors of groups and committed offsets.

use protocol_shim::ErrorCode;

use crate::groups::{CommitOutcome, GroupError};

/// A group's refusal.
pub fn group(error: GroupError) -> ErrorCode {
    match error {
        GroupError::CoordinatorNotAvailable => ErrorCode::CoordinatorNotAvailable,
        GroupError::NotCoordinator => ErrorCode::NotCoordinator,
        GroupError::InvalidGroupId => ErrorCode::InvalidGroupId,
        GroupError::UnknownMemberId => ErrorCode::UnknownMemberId,
        GroupError::IllegalGeneration => ErrorCode::IllegalGeneration,
        GroupError::RebalanceInProgress => ErrorCode::RebalanceInProgress,
        GroupError::InconsistentGroupProtocol => ErrorCode::InconsistentGroupProtocol,
        GroupError::FencedInstanceId => ErrorCode::FencedInstanceId,
        GroupError::InvalidSessionTimeout => ErrorCode::InvalidSessionTimeout,
        GroupError::GroupMaxSizeReached => ErrorCode::GroupMaxSizeReached,
        GroupError::MemberIdRequired => ErrorCode::MemberIdRequired,
        GroupError::GroupIdNotFound => ErrorCode::GroupIdNotFound,
        GroupError::NonEmptyGroup => ErrorCode::NonEmptyGroup,
        GroupError::OffsetMetadataTooLarge => ErrorCode::OffsetMetadataTooLarge,
        GroupError::FencedMemberEpoch => ErrorCode::FencedMemberEpoch,
        GroupError::StaleMemberEpoch => ErrorCode::StaleMemberEpoch,
        GroupError::UnreleasedInstanceId => ErrorCode::UnreleasedInstanceId,
        GroupError::UnsupportedAssignor => ErrorCode::UnsupportedAssignor,
        GroupError::InvalidRegularExpression => ErrorCode::InvalidRegularExpression,
        GroupError::InvalidRequest => ErrorCode::InvalidRequest,
        GroupError::UnsupportedVersion => ErrorCode::UnsupportedVersion,
        GroupError::GroupSubscribedToTopic => ErrorCode::GroupSubscribedToTopic,
        GroupError::UnknownServerError => ErrorCode::UnknownServerError,
    }
}

/// 0, or the code of a refusal.
pub fn group_result<T>(result: &Result<T, GroupError>) -> i16 {
    result.as_ref().err().map_or(0, |error| group(*error).code())
}

/// Number and code of each partition of a commit; when it was refused as a whole, of each that was asked for.
pub fn committed(outcome: Result<CommitOutcome, ErrorCode>, asked: Vec<Vec<i32>>) -> Vec<Vec<(i32, i16)>> {
    match outcome {
        Ok(topics) => {
            let coded = |(index, result): (i32, Result<(), GroupError>)| (index, group_result(&result));
            let topics = topics.into_iter();
            topics.map(|rows| rows.into_iter().map(coded).collect()).collect()
        }
        Err(error) => {
            let refused = |rows: Vec<i32>| rows.into_iter().map(|index| (index, error.code())).collect();
            asked.into_iter().map(refused).collect()
        }
    }
}
