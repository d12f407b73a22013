"""What a CAS says about its mailboxes (MS-OXDSCLI, MS-OXWSADISC): XML, SOAP
and JSON, with the addresses that an administrator has configured."""

import re
import time

OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
RESPONSE = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
MAIL = "mail.contoso.com"


def pox(body):
    """The answer to a POST of autodiscover.xml."""
    found = re.search(rb"<EMailAddress>([^<]+)</EMailAddress>", body)
    if found is None:
        return invalid_request()
    address = found.group(1).decode()
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="{RESPONSE}">
  <Response xmlns="{OUTLOOK}">
    <User>
      <DisplayName>{address.split("@")[0].title()}</DisplayName>
      <LegacyDN>/o=Contoso/ou=Exchange/cn=Recipients/cn={address.split("@")[0]}</LegacyDN>
      <AutoDiscoverSMTPAddress>{address}</AutoDiscoverSMTPAddress>
      <DeploymentId>644560b8-a1ce-429c-8ace-23395843f701</DeploymentId>
    </User>
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
      <Protocol>
        <Type>EXCH</Type>
        <Server>cas1.contoso.com</Server>
        <ServerVersion>738180DA</ServerVersion>
        <EwsUrl>https://{MAIL}/EWS/Exchange.asmx</EwsUrl>
        <OABUrl>https://{MAIL}/OAB/644560b8/</OABUrl>
      </Protocol>
      <Protocol>
        <Type>EXPR</Type>
        <Server>{MAIL}</Server>
        <SSL>On</SSL>
        <AuthPackage>Ntlm</AuthPackage>
        <CertPrincipalName>msstd:{MAIL}</CertPrincipalName>
        <EwsUrl>https://{MAIL}/EWS/Exchange.asmx</EwsUrl>
        <OABUrl>https://{MAIL}/OAB/644560b8/</OABUrl>
      </Protocol>
      <Protocol>
        <Type>WEB</Type>
        <External>
          <OWAUrl AuthenticationMethod="Fba">https://{MAIL}/owa/</OWAUrl>
        </External>
      </Protocol>
    </Account>
  </Response>
</Autodiscover>
""".encode()


def invalid_request():
    """ErrorCode 600: the healthy answer to a GET."""
    now = time.strftime("%H:%M:%S")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="{RESPONSE}">
  <Response>
    <Error Time="{now}.0000000" Id="2477272013">
      <ErrorCode>600</ErrorCode>
      <Message>Invalid Request</Message>
      <DebugData />
    </Error>
  </Response>
</Autodiscover>
""".encode()


def soap():
    """GetUserSettings of autodiscover.svc, whoever asks."""
    settings = {
        "ExternalEwsUrl": f"https://{MAIL}/EWS/Exchange.asmx",
        "EwsSupportedSchemas": "Exchange2007, Exchange2010, Exchange2010_SP2",
        "CasVersion": "14.03.0123.003",
        "AutoDiscoverSMTPAddress": "alice@contoso.com",
    }
    listed = "".join(
        f'<UserSetting i:type="StringSetting"><Name>{name}</Name>'
        f"<Value>{value}</Value></UserSetting>"
        for name, value in settings.items()
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing">
<s:Header><h:ServerVersionInfo xmlns:h="http://schemas.microsoft.com/exchange/2010/Autodiscover" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><h:MajorVersion>14</h:MajorVersion><h:MinorVersion>3</h:MinorVersion><h:MajorBuildNumber>123</h:MajorBuildNumber><h:MinorBuildNumber>3</h:MinorBuildNumber><h:Version>Exchange2010_SP2</h:Version></h:ServerVersionInfo></s:Header>
<s:Body><GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><Response xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse><ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage><RedirectTarget i:nil="true"/><UserSettingErrors/><UserSettings>{listed}</UserSettings></UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>
""".encode()


def json():
    return (
        b'{"Protocol":"Autodiscoverv1","Url":"https://'
        + MAIL.encode()
        + b'/autodiscover/autodiscover.xml"}'
    )
