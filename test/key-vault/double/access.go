package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// rule is what a principal may do; without one, and with *, it may do all.
type rule struct {
	permissions []string
	// mode is the vault's permission model, which decides how a refusal reads: rbac or policy.
	mode string
}

type access struct {
	mu    sync.Mutex
	rules map[string]rule
}

func (a *access) permit(clientID string, given rule) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rules[clientID] = given
}

// dataAction is what roles name the operation.
func dataAction(operation string) string {
	actions := map[string]string{
		"keys/get": "keys/read", "keys/list": "keys/read", "keys/sign": "keys/sign/action", "keys/create": "keys/create/action",
		"keys/update": "keys/update/action", "keys/delete": "keys/delete", "keys/purge": "deletedkeys/purge/action",
		"secrets/get": "secrets/getSecret/action", "secrets/list": "secrets/readMetadata/action",
		"secrets/set": "secrets/setSecret/action", "secrets/delete": "secrets/delete",
		"secrets/purge":    "deletedsecrets/purge/action",
		"certificates/get": "certificates/read", "certificates/import": "certificates/import/action",
	}
	return "Microsoft.KeyVault/vaults/" + actions[operation]
}

func (a *access) check(clientID, tenant string, c call) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	given, limited := a.rules[clientID]
	if !limited || slices.Contains(given.permissions, "*") || slices.Contains(given.permissions, c.operation) {
		return nil
	}
	caller := fmt.Sprintf("appid=%s;oid=%s;iss=https://sts.windows.net/%s/", clientID, clientID, tenant)
	kind, verb, _ := strings.Cut(c.operation, "/")
	if given.mode == "policy" {
		return forbidden("ForbiddenByPolicy", "The user, group or application '%s' does not have %s %s permission on key vault "+
			"'double;location=loopback'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
			caller, kind, verb)
	}
	return forbidden("ForbiddenByRbac", "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "+
		"assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: %s\r\nAction: '%s'\r\n"+
		"Resource: '/subscriptions/0/resourcegroups/double/providers/microsoft.keyvault/vaults/double/%s/%s'\r\n"+
		"Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n"+
		"Vault: double;location=loopback\r\n", caller, dataAction(c.operation), kind, c.name)
}
