//! What the agent listener proves itself with.

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ED25519, SerialNumber};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS13;
use sha2::{Digest as _, Sha256};
use std::{fmt, sync::Arc};

/// An Ed25519 key as PKCS#8 version 1 (RFC 8410): this, then the 32 bytes.
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A self-signed certificate and its key. Relays know the server by the certificate's hash alone, so these
/// very bytes have to be kept for as long as there are relays: made anew, a certificate has another hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// X.509, DER.
    pub cert: Vec<u8>,
    /// Its private key: PKCS#8, DER. A secret.
    pub key: Vec<u8>,
}

impl fmt::Debug for Identity {
    /// Leaves out the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("pin", &self.pin()).finish_non_exhaustive()
    }
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It could not be made.
    #[error("cannot make a certificate for the agent listener: {0}")]
    Make(#[from] rcgen::Error),
    /// What was kept is no certificate with its key.
    #[error("the agent listener's certificate or key is broken: {0}")]
    Broken(#[from] rustls::Error),
}

impl Identity {
    /// Makes one from 32 bytes that nobody can guess. It is valid for ever: what it is worth is decided by who
    /// pins it, and no clock of a pod can break it.
    ///
    /// # Errors
    /// [`IdentityError::Make`], which is not expected.
    pub fn make(random: [u8; 32]) -> Result<Self, IdentityError> {
        let key = [PKCS8.as_slice(), &random].concat();
        let pair =
            KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(key.as_slice()), &PKCS_ED25519)?;
        let mut params = CertificateParams::new(vec!["gaggle".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "Gaggle agent listener");
        // The first bit is left clear: a serial number is positive.
        let mut serial = Sha256::digest([b"serial".as_slice(), &random].concat())[..16].to_vec();
        serial[0] &= 0x7f;
        params.serial_number = Some(SerialNumber::from(serial));
        Ok(Self { cert: params.self_signed(&pair)?.der().to_vec(), key })
    }

    /// What relays know the server by (`homeCert` of their launch): SHA-256 of the certificate, 64 lower-case
    /// hexadecimal digits.
    pub fn pin(&self) -> String {
        Sha256::digest(&self.cert).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// TLS 1.3 with it, and nothing kept between connections.
    pub(crate) fn acceptor(&self) -> Result<tokio_rustls::TlsAcceptor, IdentityError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let cert = CertificateDer::from(self.cert.clone());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.clone()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![cert], key)?;
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        Ok(Arc::new(config).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_randomness_makes_its_own_and_what_was_kept_serves() {
        let one = Identity::make([7; 32]).unwrap();
        let other = Identity::make([8; 32]).unwrap();
        assert_eq!((one.pin().len(), one.pin() == other.pin()), (64, false));
        assert!(one.pin().bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert!(Identity { cert: one.cert.clone(), key: one.key.clone() }.acceptor().is_ok());
        assert!(!format!("{one:?}").contains("key"), "{one:?}");
        let broken = Identity { cert: one.cert, key: other.key };
        assert!(matches!(broken.acceptor(), Err(IdentityError::Broken(_))));
    }
}
