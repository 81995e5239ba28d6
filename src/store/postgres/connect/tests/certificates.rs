//! Certificates of the servers and of a client.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tempfile::TempDir;

/// A certificate and its key, in PEM form.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// The certificates of all tests.
pub(super) struct Certificates {
    /// The issuer of all others.
    pub(super) issuer: Pair,
    /// For a server on `localhost` and `127.0.0.1`.
    pub(super) server: Pair,
    /// The same, but it has expired.
    pub(super) expired: Pair,
    directory: TempDir,
}

impl Certificates {
    /// Returns the certificates of this process.
    pub(super) fn shared() -> &'static Self {
        static CERTIFICATES: OnceLock<Certificates> = OnceLock::new();
        CERTIFICATES.get_or_init(Self::new)
    }

    fn new() -> Self {
        let (params, key) = issuer_params("the issuer");
        let certificate = params.self_signed(&key).unwrap().pem();
        let own_key = key.serialize_pem();
        let issuer = Issuer::new(params, key);
        let mut expired = server_params();
        expired.not_before = date_time_ymd(2020, 1, 1);
        expired.not_after = date_time_ymd(2020, 2, 1);
        let mut client = CertificateParams::default();
        client
            .distinguished_name
            .push(DnType::CommonName, "certified");
        let (other, other_key) = issuer_params("another issuer");
        let other_certificate = other.self_signed(&other_key).unwrap().pem();
        let certificates = Self {
            server: signed(&server_params(), &issuer),
            expired: signed(&expired, &issuer),
            issuer: Pair {
                certificate,
                key: own_key,
            },
            directory: tempfile::tempdir().unwrap(),
        };
        let client = signed(&client, &issuer);
        let stranger = signed(
            &CertificateParams::default(),
            &Issuer::new(other, other_key),
        );
        for (name, content) in [
            ("issuer.crt", &certificates.issuer.certificate),
            ("other.crt", &other_certificate),
            ("client.crt", &client.certificate),
            ("client.key", &client.key),
            ("stranger.crt", &stranger.certificate),
            ("stranger.key", &stranger.key),
        ] {
            certificates.write(name, content);
        }
        certificates
    }

    /// Writes a file that only its owner can read. Returns its path.
    pub(super) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Returns the path of a file: `issuer.crt`, `other.crt`, and `client` and `stranger` with
    /// `.crt` and `.key`.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

fn issuer_params(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params, KeyPair::generate().unwrap())
}

fn server_params() -> CertificateParams {
    CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap()
}

fn signed(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Pair {
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params.signed_by(&key, issuer).unwrap().pem(),
        key: key.serialize_pem(),
    }
}
