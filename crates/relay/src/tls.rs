//! TLS to the server: no authority is asked, one certificate is known by its hash.

use crate::stream::Stream;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The name that is asked for. It decides nothing: the certificate's hash does.
const NAME: &str = "gaggle";

/// SHA-256 of the DER of the one certificate that is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pin([u8; 32]);

impl Pin {
    /// Reads 64 lower-case hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut pin = [0; 32];
        for (index, byte) in pin.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        digits.then_some(Self(pin))
    }

    /// Begins TLS as the client; returns once the server has proved that it holds the certificate's key.
    ///
    /// # Errors
    /// Another certificate, a wrong signature, or a stream that ends.
    pub(crate) async fn connect<S: Stream>(self, stream: S) -> std::io::Result<TlsStream<S>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Pinned { pin: self, algorithms: provider.signature_verification_algorithms };
        let name = ServerName::try_from(NAME).map_err(std::io::Error::other)?;
        TlsConnector::from(Arc::new(config(provider, verifier)?)).connect(name, stream).await
    }
}

fn config(provider: Arc<CryptoProvider>, verifier: Pinned) -> std::io::Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A relay calls rarely, and each call is to prove the server anew.
    config.resumption = Resumption::disabled();
    Ok(config)
}

#[derive(Debug)]
struct Pinned {
    pin: Pin,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    /// Validity, names and issuers are of no account: the hash was given by who owns both sides.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown: [u8; 32] = Sha256::digest(end_entity).into();
        if shown == self.pin.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Never offered.
        Err(Error::PeerIncompatible(rustls::PeerIncompatible::Tls12NotOffered))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_64_lower_case_digits_and_nothing_else() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(Pin::parse(&good).map(|pin| (pin.0[0], pin.0[31])), Some((0x01, 0xef)));
        for bad in ["", &good[1..], &format!("{good}0"), &good.to_uppercase(), &good.replace('0', "+")] {
            assert_eq!(Pin::parse(bad), None, "{bad}");
        }
        assert_eq!(Pin::parse(&format!("a{}b", "é".repeat(31))), None, "cut inside a letter");
    }
}
