//! Bodies in `aws-chunked`: each piece says its length, may be signed, and checksums may follow the last one.
//!
//! The pieces are put together, and trailers become headers, so that nobody behind this knows how a body was sent. Where
//! signatures are required, each piece's is checked against that of the one before.

use crate::error::ApiError;
use crate::message::Request;
use crate::sigv4::PieceSigner;

/// A body that was put together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub bytes: Vec<u8>,
    pub trailers: Vec<(String, String)>,
}

/// Whether a request's body comes in pieces.
#[must_use]
pub fn is_chunked(request: &Request<'_>) -> bool {
    request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"))
}

/// Puts a body together. With a signer, every piece has to be signed.
///
/// # Errors
/// S3's, for a body that ends early, says its length wrongly, or isn't signed as it should be.
pub fn decode(request: &Request<'_>, signer: Option<PieceSigner>) -> Result<Body, ApiError> {
    let is_signed =
        request.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-AWS4"));
    let mut signer = signer.filter(|_| is_signed);
    let mut body = Body::default();
    let mut rest = request.body;
    loop {
        let (line, after) = line(rest)?;
        let (size, signature) = head(line)?;
        let (piece, after) = after.split_at_checked(size).ok_or_else(incomplete)?;
        if let Some(signer) = &mut signer {
            signer.verify_piece(piece, signature)?;
        }
        if size == 0 {
            rest = after;
            break;
        }
        body.bytes.extend_from_slice(piece);
        rest = after.strip_prefix(b"\r\n").ok_or_else(incomplete)?;
    }
    body.trailers = trailers(rest)?;
    if let Some(signer) = &mut signer
        && request.header("x-amz-content-sha256").is_some_and(|hash| hash.ends_with("-TRAILER"))
    {
        signer.verify_trailers(&body.trailers)?;
    }
    body.trailers.retain(|(name, _)| name != "x-amz-trailer-signature");
    match request.header("x-amz-decoded-content-length").map(str::parse::<usize>) {
        Some(Ok(length)) if length != body.bytes.len() => Err(incomplete()),
        Some(Err(_)) => Err(incomplete()),
        _ => Ok(body),
    }
}

/// `400;chunk-signature=…`: a length in hexadecimal digits, and a signature where there is one.
fn head(line: &str) -> Result<(usize, Option<&str>), ApiError> {
    let (size, extension) = line.split_once(';').unwrap_or((line, ""));
    let size = usize::from_str_radix(size.trim(), 16).map_err(|_| incomplete())?;
    Ok((size, extension.trim().strip_prefix("chunk-signature=")))
}

fn trailers(mut rest: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    let mut trailers = Vec::new();
    while !rest.is_empty() && trailers.len() < 16 {
        let (text, after) = line(rest)?;
        rest = after;
        if let Some((name, value)) = text.split_once(':') {
            trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Ok(trailers)
}

/// The text before the next line's end, and what follows. Some clients end the trailers' lines with a line feed alone.
fn line(bytes: &[u8]) -> Result<(&str, &[u8]), ApiError> {
    const LONGEST: usize = 4096;
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b'\n').ok_or_else(incomplete)?;
    let (line, rest) = bytes.split_at(end);
    let text = std::str::from_utf8(line).map_err(|_| incomplete())?;
    Ok((text.trim_end_matches('\r'), rest.get(1..).unwrap_or_default()))
}

fn incomplete() -> ApiError {
    ApiError::bad_request(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

/// The request with a body that was put together, and with its trailers among its headers.
#[must_use]
pub fn whole<'a>(request: &Request<'a>, body: &'a Body) -> Request<'a> {
    let trailers = body.trailers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = request.headers.iter().copied().chain(trailers).collect();
    Request { headers, body: &body.bytes, ..request.clone() }
}
