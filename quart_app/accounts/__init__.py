"""Who somebody is: accounts, credentials, attempts, audit; knows neither sessions nor HTTP."""
