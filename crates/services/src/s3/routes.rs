//! The methods and paths of the operations, and where their members stand; and which members of an output are headers.

use stepwell_wire::rest_json::Binding;
use stepwell_wire::rest_xml::{OutputHeader, Resource, RestOutput, XmlOperation};

const fn header(name: &'static str, member: &'static str) -> Binding {
    Binding::Header { name, member }
}

const fn query(name: &'static str, member: &'static str) -> Binding {
    Binding::Query { name, member }
}

const UPLOAD_ID: Binding = query("uploadId", "UploadId");
const BODY: Binding = Binding::Payload { member: "Body" };
const MD5: Binding = header("content-md5", "ContentMD5");
const TYPE: Binding = header("content-type", "ContentType");
const CACHE: Binding = header("cache-control", "CacheControl");
const DISPOSITION: Binding = header("content-disposition", "ContentDisposition");
const ENCODING: Binding = header("content-encoding", "ContentEncoding");
const LANGUAGE: Binding = header("content-language", "ContentLanguage");
const EXPIRES: Binding = header("expires", "Expires");
const METADATA: Binding = Binding::HeaderPrefix { prefix: "x-amz-meta-", member: "Metadata" };
const CRC32: Binding = header("x-amz-checksum-crc32", "ChecksumCRC32");
const CRC32C: Binding = header("x-amz-checksum-crc32c", "ChecksumCRC32C");
const CRC64: Binding = header("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME");
const SHA1: Binding = header("x-amz-checksum-sha1", "ChecksumSHA1");
const SHA256: Binding = header("x-amz-checksum-sha256", "ChecksumSHA256");

const READ: &[Binding] = &[
    header("range", "Range"),
    query("partNumber", "PartNumber"),
    header("x-amz-checksum-mode", "ChecksumMode"),
    header("if-match", "IfMatch"),
    header("if-none-match", "IfNoneMatch"),
    header("if-modified-since", "IfModifiedSince"),
    header("if-unmodified-since", "IfUnmodifiedSince"),
    query("response-content-type", "ResponseContentType"),
    query("response-content-disposition", "ResponseContentDisposition"),
    query("response-content-encoding", "ResponseContentEncoding"),
    query("response-content-language", "ResponseContentLanguage"),
    query("response-cache-control", "ResponseCacheControl"),
    query("response-expires", "ResponseExpires"),
];
const LIST: &[Binding] = &[
    query("prefix", "Prefix"),
    query("delimiter", "Delimiter"),
    query("marker", "Marker"),
    query("start-after", "StartAfter"),
    query("continuation-token", "ContinuationToken"),
    query("max-keys", "MaxKeys"),
    query("encoding-type", "EncodingType"),
];

const fn on(
    resource: Resource,
    method: &'static str,
    operation: &'static str,
    parameters: &'static [&'static str],
    members: &'static [Binding],
) -> XmlOperation {
    XmlOperation { operation, method, resource, parameters, header: None, members }
}

/// Where several match, the first is meant.
pub const ROUTES: &[XmlOperation] = {
    use Resource::{Bucket, Object, Service};
    &[
        on(
            Service,
            "GET",
            "ListBuckets",
            &[],
            &[
                query("prefix", "Prefix"),
                query("max-buckets", "MaxBuckets"),
                query("continuation-token", "ContinuationToken"),
            ],
        ),
        on(Bucket, "PUT", "CreateBucket", &[], &[Binding::Document { member: "CreateBucketConfiguration" }]),
        on(Bucket, "DELETE", "DeleteBucket", &[], &[]),
        on(Bucket, "HEAD", "HeadBucket", &[], &[]),
        on(Bucket, "GET", "GetBucketLocation", &["location"], &[]),
        on(Bucket, "GET", "GetBucketVersioning", &["versioning"], &[]),
        on(
            Bucket,
            "GET",
            "ListMultipartUploads",
            &["uploads"],
            &[
                query("key-marker", "KeyMarker"),
                query("upload-id-marker", "UploadIdMarker"),
                query("max-uploads", "MaxUploads"),
            ],
        ),
        on(Bucket, "GET", "ListObjectsV2", &["list-type"], LIST),
        on(Bucket, "GET", "ListObjects", &[], LIST),
        on(Bucket, "POST", "DeleteObjects", &["delete"], &[Binding::Document { member: "Delete" }]),
        XmlOperation {
            header: Some("x-amz-copy-source"),
            ..on(
                Object,
                "PUT",
                "CopyObject",
                &[],
                &[
                    header("x-amz-copy-source", "CopySource"),
                    header("x-amz-metadata-directive", "MetadataDirective"),
                    TYPE,
                    CACHE,
                    DISPOSITION,
                    ENCODING,
                    LANGUAGE,
                    EXPIRES,
                    METADATA,
                ],
            )
        },
        on(
            Object,
            "PUT",
            "UploadPart",
            &["partNumber", "uploadId"],
            &[UPLOAD_ID, query("partNumber", "PartNumber"), BODY, MD5, CRC32, CRC32C, CRC64, SHA1, SHA256],
        ),
        on(
            Object,
            "PUT",
            "PutObject",
            &[],
            &[
                BODY,
                MD5,
                CRC32,
                CRC32C,
                CRC64,
                SHA1,
                SHA256,
                TYPE,
                CACHE,
                DISPOSITION,
                ENCODING,
                LANGUAGE,
                EXPIRES,
                METADATA,
                header("if-match", "IfMatch"),
                header("if-none-match", "IfNoneMatch"),
            ],
        ),
        on(
            Object,
            "GET",
            "ListParts",
            &["uploadId"],
            &[UPLOAD_ID, query("max-parts", "MaxParts"), query("part-number-marker", "PartNumberMarker")],
        ),
        on(Object, "GET", "GetObject", &[], READ),
        on(Object, "HEAD", "HeadObject", &[], READ),
        on(Object, "DELETE", "AbortMultipartUpload", &["uploadId"], &[UPLOAD_ID]),
        on(Object, "DELETE", "DeleteObject", &[], &[]),
        on(
            Object,
            "POST",
            "CreateMultipartUpload",
            &["uploads"],
            &[TYPE, CACHE, DISPOSITION, ENCODING, LANGUAGE, EXPIRES, METADATA],
        ),
        on(
            Object,
            "POST",
            "CompleteMultipartUpload",
            &["uploadId"],
            &[
                UPLOAD_ID,
                Binding::Document { member: "MultipartUpload" },
                header("if-match", "IfMatch"),
                header("if-none-match", "IfNoneMatch"),
            ],
        ),
    ]
};

/// Parameters that select an operation: where none of the table asks for one that is there, the request is for what isn't
/// here.
pub const SELECTING: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

const ETAG: OutputHeader = OutputHeader::text("ETag", "ETag");
const OUT_CRC32: OutputHeader = OutputHeader::text("ChecksumCRC32", "x-amz-checksum-crc32");
const OUT_CRC32C: OutputHeader = OutputHeader::text("ChecksumCRC32C", "x-amz-checksum-crc32c");
const OUT_CRC64: OutputHeader = OutputHeader::text("ChecksumCRC64NVME", "x-amz-checksum-crc64nvme");
const OUT_SHA1: OutputHeader = OutputHeader::text("ChecksumSHA1", "x-amz-checksum-sha1");
const OUT_SHA256: OutputHeader = OutputHeader::text("ChecksumSHA256", "x-amz-checksum-sha256");

pub const CREATED_BUCKET: RestOutput =
    RestOutput { root: None, headers: &[OutputHeader::text("Location", "Location")] };
pub const BUCKET_REGION: RestOutput =
    RestOutput { root: None, headers: &[OutputHeader::text("BucketRegion", "x-amz-bucket-region")] };
pub const PUT: RestOutput =
    RestOutput { root: None, headers: &[ETAG, OUT_CRC32, OUT_CRC32C, OUT_CRC64, OUT_SHA1, OUT_SHA256] };
pub const OBJECT: RestOutput = RestOutput {
    root: None,
    headers: &[
        OutputHeader::text("AcceptRanges", "Accept-Ranges"),
        OutputHeader::text("ContentLength", "Content-Length"),
        OutputHeader::text("ContentRange", "Content-Range"),
        ETAG,
        OutputHeader::date("LastModified", "Last-Modified"),
        OutputHeader::text("PartsCount", "x-amz-mp-parts-count"),
        OutputHeader::text("ContentType", "Content-Type"),
        OutputHeader::text("CacheControl", "Cache-Control"),
        OutputHeader::text("ContentDisposition", "Content-Disposition"),
        OutputHeader::text("ContentEncoding", "Content-Encoding"),
        OutputHeader::text("ContentLanguage", "Content-Language"),
        OutputHeader::text("Expires", "Expires"),
        OutputHeader::prefix("Metadata", "x-amz-meta-"),
        OUT_CRC32,
        OUT_CRC32C,
        OUT_CRC64,
        OUT_SHA1,
        OUT_SHA256,
    ],
};
