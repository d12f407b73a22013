/*
 * The services of Exchange: which virtual directories are whose.
 */
#include "site/services.h"

#include <stddef.h>

#include "http/target.h"

static const struct service services[SERVICES] = {
    [SERVICE_RPC] = {SERVICE_RPC, "rpc", true},
    [SERVICE_AUTODISCOVER] = {SERVICE_AUTODISCOVER, "autodiscover", false},
    [SERVICE_OWA] = {SERVICE_OWA, "owa", false},
    [SERVICE_ECP] = {SERVICE_ECP, "ecp", false},
    [SERVICE_EWS] = {SERVICE_EWS, "ews", false},
    [SERVICE_OAB] = {SERVICE_OAB, "oab", false},
    [SERVICE_ACTIVESYNC] = {SERVICE_ACTIVESYNC, "activesync", false},
    [SERVICE_MAPI] = {SERVICE_MAPI, "mapi", false},
    [SERVICE_POWERSHELL] = {SERVICE_POWERSHELL, "powershell", false},
    [SERVICE_OTHER] = {SERVICE_OTHER, "other", false},
};

static const struct folder {
	struct text path;
	enum service_word word;
} folders[] = {
    {TEXT("/rpc/"), SERVICE_RPC},
    {TEXT("/rpcwithcert/"), SERVICE_RPC},
    {TEXT("/autodiscover/"), SERVICE_AUTODISCOVER},
    {TEXT("/owa/"), SERVICE_OWA},
    {TEXT("/exchange/"), SERVICE_OWA},
    {TEXT("/exchweb/"), SERVICE_OWA},
    {TEXT("/public/"), SERVICE_OWA},
    {TEXT("/ecp/"), SERVICE_ECP},
    {TEXT("/ews/"), SERVICE_EWS},
    {TEXT("/oab/"), SERVICE_OAB},
    {TEXT("/microsoft-server-activesync/"), SERVICE_ACTIVESYNC},
    {TEXT("/mapi/"), SERVICE_MAPI},
    {TEXT("/powershell/"), SERVICE_POWERSHELL},
};

const struct service *
services_find(struct text path)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (target_is_under(path, folders[i].path))
			return &services[folders[i].word];
	return &services[SERVICE_OTHER];
}
