//! S3: buckets, objects, and uploads in parts.
//!
//! An object is one row with its facts, which names its bytes; those stand in pieces of their own ([`bodies`]). So an object
//! becomes visible, is replaced and is copied by one small write, however large it is. Versions, ACLs and policies of buckets
//! are not here: a bucket is for whoever acts in the account that owns it.

mod abort_multipart_upload;
pub(crate) mod bodies;
pub(crate) mod check;
mod checksum;
mod complete_multipart_upload;
mod conditions;
mod content;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_object;
mod delete_objects;
pub mod errors;
pub(crate) mod find;
mod get_bucket_location;
mod get_bucket_versioning;
mod get_object;
mod head_bucket;
mod head_object;
pub(crate) mod keys;
mod list_buckets;
mod list_multipart_uploads;
mod list_objects;
mod list_objects_v2;
mod list_parts;
pub(crate) mod listing;
pub mod model;
mod names;
mod put_object;
mod range;
mod routes;
mod upload_part;

#[cfg(test)]
mod tests;

pub use abort_multipart_upload::AbortMultipartUpload;
pub(crate) use abort_multipart_upload::forget_parts;
pub use complete_multipart_upload::CompleteMultipartUpload;
pub use content::Content;
pub use copy_object::CopyObject;
pub use create_bucket::CreateBucket;
pub use create_multipart_upload::CreateMultipartUpload;
pub use delete_bucket::DeleteBucket;
pub use delete_object::DeleteObject;
pub use delete_objects::DeleteObjects;
pub use get_bucket_location::GetBucketLocation;
pub use get_bucket_versioning::GetBucketVersioning;
pub use get_object::GetObject;
pub use head_bucket::HeadBucket;
pub use head_object::HeadObject;
pub use list_buckets::ListBuckets;
pub use list_multipart_uploads::ListMultipartUploads;
pub use list_objects::ListObjects;
pub use list_objects_v2::ListObjectsV2;
pub use list_parts::ListParts;
pub use put_object::PutObject;
pub(crate) use put_object::replace;
pub use routes::{ROUTES, SELECTING};
pub use upload_part::UploadPart;

use crate::operation::Operation;
use crate::operation::rest::{command, read};
use stepwell_wire::rest_xml::RestOutput;
use stepwell_wire::xml::Flattened;

const CONTENTS: &[Flattened] =
    &[Flattened::list("Contents", "Contents"), Flattened::list("CommonPrefixes", "CommonPrefixes")];

/// An output that is a document of this name.
const fn document(root: &'static str) -> RestOutput {
    RestOutput { root: Some(root), headers: &[] }
}

/// The operations that are here. Any other is refused as S3 refuses what isn't implemented.
pub const OPERATIONS: &[Operation] = &[
    command::<AbortMultipartUpload>().status(204),
    command::<CompleteMultipartUpload>().output(&document("CompleteMultipartUploadResult")),
    command::<CopyObject>().output(&document("CopyObjectResult")),
    command::<CreateBucket>().output(&routes::CREATED_BUCKET),
    command::<CreateMultipartUpload>().output(&document("InitiateMultipartUploadResult")),
    command::<DeleteBucket>().status(204),
    command::<DeleteObject>().status(204),
    command::<DeleteObjects>()
        .output(&document("DeleteResult"))
        .flattened(&[Flattened::list("Deleted", "Deleted"), Flattened::list("Errors", "Error")]),
    read::<GetBucketLocation>().output(&document("LocationConstraint")),
    read::<GetBucketVersioning>().output(&document("VersioningConfiguration")),
    GetObject::operation().output(&routes::OBJECT),
    read::<HeadBucket>().output(&routes::BUCKET_REGION),
    read::<HeadObject>().output(&routes::OBJECT),
    read::<ListBuckets>()
        .output(&document("ListAllMyBucketsResult"))
        .flattened(&[Flattened::list("Bucket", "Bucket")]),
    read::<ListMultipartUploads>()
        .output(&document("ListMultipartUploadsResult"))
        .flattened(&[Flattened::list("Uploads", "Upload")]),
    read::<ListObjects>().output(&document("ListBucketResult")).flattened(CONTENTS),
    read::<ListObjectsV2>().output(&document("ListBucketResult")).flattened(CONTENTS),
    read::<ListParts>().output(&document("ListPartsResult")).flattened(&[Flattened::list("Parts", "Part")]),
    PutObject::operation().output(&routes::PUT),
    UploadPart::operation().output(&routes::PUT),
];
