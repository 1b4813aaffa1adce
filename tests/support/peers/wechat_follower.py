"""A follower of an official account, as wechatpy makes the platform's calls. One JSON request on standard input, one answer."""
import json
import secrets
import sys
import time
from xml.sax.saxutils import escape

import requests
import xmltodict
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner


def sign(*parts):
    signer = WeChatSigner()
    signer.add_data(*parts)
    return signer.signature


def verify(url, token):
    """The check of the URL when an account is set up."""
    timestamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), secrets.token_hex(8)
    query = {"timestamp": timestamp, "nonce": nonce, "echostr": echo, "signature": sign(token, timestamp, nonce)}
    response = requests.get(url, params=query, timeout=10)
    return {"status": response.status_code, "echoed": response.text == echo}


def write(url, token, aesKey, appId, openId, text, msgId):
    """A text message in safe mode."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    message = (
        f"<xml><ToUserName>gh_demo</ToUserName><FromUserName>{escape(openId)}</FromUserName><CreateTime>{timestamp}</CreateTime>"
        f"<MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{msgId}</MsgId></xml>"
    )
    wrapped = xmltodict.parse(WeChatCrypto(token, aesKey, appId).encrypt_message(message, nonce, timestamp))["xml"]
    query = {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": wrapped["MsgSignature"]}
    body = f"<xml><ToUserName>gh_demo</ToUserName><Encrypt><![CDATA[{wrapped['Encrypt']}]]></Encrypt></xml>"
    response = requests.post(url, params=query, data=body.encode(), timeout=10)
    return {"status": response.status_code, "body": response.text}


def answer(apiBaseUrl, appId, accessToken, openId, text):
    """A customer-service message, as a program of others sends it."""
    client = WeChatClient(appId, "", access_token=accessToken)
    client.API_BASE_URL = f"{apiBaseUrl}/cgi-bin/"
    return client.message.send_text(openId, text)


request = json.load(sys.stdin)
action = {"verify": verify, "write": write, "answer": answer}[request.pop("action")]
print(json.dumps(action(**request)))
