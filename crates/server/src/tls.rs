//! TLS for the listener: the certificate and its key, read at the start and again when the operator says so.
//!
//! A reload changes what the next handshake shows; connections that are open go on. A reload that fails changes nothing.

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;
use webpki::EndEntityCert;

/// The files that the operator names, all PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The server's certificate, then those between it and its authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The authority that functions are to trust, where neither the certificate file holds it nor everybody trusts it.
    pub authority: Option<PathBuf>,
}

/// Why the certificate can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("`{}` holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    #[error("the key in `{}` is not that of the certificate in `{}`", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("`{}` can't be used: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
}

/// What the listener shows, and may be told to read anew.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// In words for the operator, with the file's name.
    pub fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let shown = RwLock::new(Arc::new(certified_key(&files)?));
        Ok(Arc::new(Self { files, shown }))
    }

    /// Reads the files again, for connections that come from now on.
    ///
    /// # Errors
    /// As for [`Tls::load`]; then the certificate stays what it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(certified_key(&self.files)?);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What makes connections private.
    ///
    /// # Errors
    /// Only if this build speaks no version of TLS.
    pub fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let unusable = |error: rustls::Error| TlsError::Unusable {
            path: self.files.certificate.clone(),
            reason: error.to_string(),
        };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// The name under which this machine's own processes reach the listener such that the certificate holds: its address, else
    /// `localhost`, else the certificate's first name.
    #[must_use]
    pub fn own_host(&self, address: SocketAddr) -> String {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let host = match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        let shown = self.shown();
        let Some(Ok(certificate)) = shown.cert.first().map(EndEntityCert::try_from) else { return host };
        let holds_for = |name: ServerName| certificate.verify_is_valid_for_subject_name(&name).is_ok();
        let is_local = address.ip().is_loopback() || address.ip().is_unspecified();
        if holds_for(ServerName::from(ip)) {
            host
        } else if is_local && ServerName::try_from("localhost").is_ok_and(holds_for) {
            "localhost".to_owned()
        } else {
            self.names().into_iter().next().unwrap_or(host)
        }
    }

    /// The host names that the certificate is for, in lower case, without those that stand for many.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let shown = self.shown();
        let Some(Ok(certificate)) = shown.cert.first().map(EndEntityCert::try_from) else {
            return Vec::new();
        };
        let names = certificate.valid_dns_names().filter(|name| !name.starts_with('*'));
        names.map(str::to_ascii_lowercase).collect()
    }

    /// The certificates, as PEM, that functions must trust beside the well-known ones: the authority that was named, or what the
    /// certificate file holds if it ends in a certificate that vouches for itself. Nothing where the authority is a public one.
    ///
    /// # Errors
    /// If a file can't be read.
    pub fn authorities(&self) -> Result<Option<Vec<u8>>, TlsError> {
        if let Some(path) = &self.files.authority {
            certificates(path)?;
            return read(path).map(Some);
        }
        let shown = self.shown();
        let last = shown.cert.last().map(EndEntityCert::try_from);
        let vouches_for_itself = matches!(last, Some(Ok(last)) if last.issuer() == last.subject());
        match vouches_for_itself {
            true => read(&self.files.certificate).map(Some),
            false => Ok(None),
        }
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Tls {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }
}

fn certified_key(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?).map_err(|error| TlsError::Unreadable {
        path: files.key.clone(),
        reason: format!("it holds no private key in PEM form ({error})"),
    })?;
    let key = ring::sign::any_supported_type(&key)
        .map_err(|error| TlsError::Unusable { path: files.key.clone(), reason: error.to_string() })?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A kind of key that doesn't tell is tried as it is.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(certified),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(TlsError::Mismatch { certificate: files.certificate.clone(), key: files.key.clone() })
        }
        Err(error) => Err(TlsError::Unusable { path: files.certificate.clone(), reason: error.to_string() }),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    let certificates = certificates
        .map_err(|error| TlsError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    match certificates.is_empty() {
        true => Err(TlsError::NoCertificate(path.to_owned())),
        false => Ok(certificates),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path)
        .map_err(|error| TlsError::Unreadable { path: path.to_owned(), reason: error.to_string() })
}
