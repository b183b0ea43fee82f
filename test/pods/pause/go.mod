module external-issuer.io/test/pods/pause

go 1.26.0
