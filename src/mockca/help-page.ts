/** What `GET /` answers: the routes and how to call them. */
export function helpPage(version: string): string {
  return `external-issuer mockca ${version}: a CA for tests. Never trust it in production: it signs whatever it is sent.

GET  /                            this page
GET  /health /healthz /readyz     state as JSON: status, version, ca_subject, ca_expires, certificates_signed, uptime
GET  /ca                          the CA certificate, PEM
POST /sign                        signs a CSR; also /api/v1/sign and /api/v1/certificate/sign
       body                       JSON {"csr", "validity_days", "common_name"}, a form csr=..., or the CSR itself
       csr                        PEM, or base64 of DER or of PEM
       answer                     JSON: certificate, certificate_chain, ca, serial_number, not_before, not_after, subject
       header Idempotency-Key     the same key with the same body gets the same certificate
       error                      JSON: error, code, details
GET  /requests/ID                 a request that was answered 202 (only with --fault-pending)
GET  /journal                     the last signings, a line of JSON each
POST /cgi/pki.cgi                 legacy, text: new=1;csr=<base64 DER> | renew=1;csr=... | getCERT;subject=/CN=... | getCSR;subject=/CN=...

Try:   openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -subj /CN=a.example -out tls.csr
       curl --data-binary @tls.csr http://THIS-SERVER/sign
`;
}
