//! The words for what a stack, its resources and its change sets are doing. Their numbers are stored.

use minicbor::{Decode, Encode};

/// An enumeration of AWS's words in capitals, numbered as they are stored.
macro_rules! statuses {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $number:tt $word:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
        #[cbor(index_only)]
        pub enum $name {
            $(#[n($number)] $variant),+
        }

        impl $name {
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

statuses! {
    /// Of a stack.
    StackStatus {
        ReviewInProgress = 0 "REVIEW_IN_PROGRESS",
        CreateInProgress = 1 "CREATE_IN_PROGRESS",
        CreateComplete = 2 "CREATE_COMPLETE",
        CreateFailed = 3 "CREATE_FAILED",
        RollbackInProgress = 4 "ROLLBACK_IN_PROGRESS",
        RollbackComplete = 5 "ROLLBACK_COMPLETE",
        RollbackFailed = 6 "ROLLBACK_FAILED",
        UpdateInProgress = 7 "UPDATE_IN_PROGRESS",
        UpdateCleanup = 8 "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = 9 "UPDATE_COMPLETE",
        UpdateFailed = 10 "UPDATE_FAILED",
        UpdateRollbackInProgress = 11 "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackCleanup = 12 "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = 13 "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = 14 "UPDATE_ROLLBACK_FAILED",
        DeleteInProgress = 15 "DELETE_IN_PROGRESS",
        DeleteComplete = 16 "DELETE_COMPLETE",
        DeleteFailed = 17 "DELETE_FAILED",
    }
}

statuses! {
    /// Of a resource.
    ResourceStatus {
        CreateInProgress = 0 "CREATE_IN_PROGRESS",
        CreateComplete = 1 "CREATE_COMPLETE",
        CreateFailed = 2 "CREATE_FAILED",
        UpdateInProgress = 3 "UPDATE_IN_PROGRESS",
        UpdateComplete = 4 "UPDATE_COMPLETE",
        UpdateFailed = 5 "UPDATE_FAILED",
        DeleteInProgress = 6 "DELETE_IN_PROGRESS",
        DeleteComplete = 7 "DELETE_COMPLETE",
        DeleteFailed = 8 "DELETE_FAILED",
        DeleteSkipped = 9 "DELETE_SKIPPED",
    }
}

statuses! {
    /// Of a change set.
    ChangeSetStatus {
        CreateComplete = 0 "CREATE_COMPLETE",
        Failed = 1 "FAILED",
    }
}

statuses! {
    /// Whether a change set can be, or was, executed.
    ExecutionStatus {
        Unavailable = 0 "UNAVAILABLE",
        Available = 1 "AVAILABLE",
        ExecuteInProgress = 2 "EXECUTE_IN_PROGRESS",
        ExecuteComplete = 3 "EXECUTE_COMPLETE",
        ExecuteFailed = 4 "EXECUTE_FAILED",
        Obsolete = 5 "OBSOLETE",
    }
}

impl StackStatus {
    /// Can the stack be changed?
    #[must_use]
    pub fn is_updatable(self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::CreateFailed
                | Self::UpdateComplete
                | Self::UpdateFailed
                | Self::UpdateRollbackComplete
        )
    }

    /// Is the stack what its template says?
    #[must_use]
    pub fn is_whole(self) -> bool {
        !matches!(self, Self::CreateFailed | Self::UpdateFailed)
    }

    /// Can the stack be deleted? One that is being made can: that ends its making.
    #[must_use]
    pub fn is_deletable(self) -> bool {
        !matches!(
            self,
            Self::UpdateInProgress
                | Self::UpdateCleanup
                | Self::UpdateRollbackInProgress
                | Self::UpdateRollbackCleanup
        )
    }
}
