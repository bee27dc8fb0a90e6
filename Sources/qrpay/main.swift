print("qrpay")
